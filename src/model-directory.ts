import type OpenAI from 'openai'
import type { ProviderAdapter } from './contracts/adapter.ts'
import type { Catalog, ModelCard } from './contracts/catalog.ts'
import type { KeyOwner } from './key-presence.ts'
import type { ModelNames, Target } from './resolve.ts'
import type { Wishes } from './routing.ts'

type Model = OpenAI.Model

/** The models that calls of somebody can name now: `models.list()` and `models.retrieve()`. */
export interface ModelDirectory {
  list(wishes: Wishes): Promise<readonly Model[]>
  /** @throws NotFoundError naming the nearest known names; PermissionDeniedError for a model that is none of the service key's. */
  retrieve(name: string, wishes: Wishes): Promise<Model>
}

/** What the directory is made of. */
export interface DirectoryParts {
  readonly adapters: readonly ProviderAdapter[]
  readonly catalog: Catalog
  readonly names: ModelNames
  readonly isRetired: (card: ModelCard) => boolean
  /** Whether the adapter's key is there, asked of the key store. */
  readonly hasKey: (adapter: ProviderAdapter, owner: KeyOwner) => Promise<boolean>
}

/** A model as one adapter serves it. */
interface Served {
  readonly adapter: ProviderAdapter
  readonly id: string
  readonly card: ModelCard | undefined
}

/**
 * Every adapter whose key is there, with its deployments, its own models and the catalog's. What a bare name would not lead
 * to, or not alone, is listed as `provider/model`.
 */
export function modelDirectory({ adapters, catalog, names, isRetired, hasKey }: DirectoryParts): ModelDirectory {
  async function list({ routing, access }: Wishes): Promise<readonly Model[]> {
    const reachable = await Promise.all(
      adapters.map(async (adapter) => ((await hasKey(adapter, routing)) ? servedBy(adapter) : [])),
    )
    const open = reachable.flat().filter(({ adapter, id }) => access?.allows({ provider: adapter.id, model: id }) !== false)
    return open.map((served) => modelOf(nameOf(served), served.adapter, served.card))
  }

  function servedBy(adapter: ProviderAdapter): readonly Served[] {
    const { models = [], deployments = {}, id: provider, catalog: listed = provider } = adapter
    const cards = [...models, ...catalog.list().filter((card) => card.provider === listed)]
    const ids = new Set([...Object.keys(deployments), ...cards.map(({ id }) => id)])
    return [...ids]
      .map((id) => ({ adapter, id, card: targetsOf(`${provider}/${id}`)[0]?.card }))
      .filter(({ card }) => card === undefined || !isRetired(card))
  }

  function nameOf({ adapter, id }: Served): string {
    const [only, ...others] = targetsOf(id)
    return others.length === 0 && only?.provider === adapter.id && only.model === id ? id : `${adapter.id}/${id}`
  }

  function targetsOf(name: string): readonly Target[] {
    const resolution = names.resolve(name)
    return resolution.kind === 'targets' ? resolution.targets : []
  }

  function retrieve(name: string, { access }: Wishes): Promise<Model> {
    return Promise.resolve().then(() => {
      const targets = targetsOf(name)
      const target = access?.firstAllowed(targets) ?? targets[0]
      return target === undefined
        ? { id: name, object: 'model', created: 0, owned_by: 'modelyard' }
        : modelOf(name, target.adapter, target.card)
    })
  }

  return { list, retrieve }
}

function modelOf(id: string, adapter: ProviderAdapter, card: ModelCard | undefined): Model {
  const created = card?.released === undefined ? 0 : Date.parse(card.released) / 1000
  return { id, object: 'model', created, owned_by: adapter.id }
}

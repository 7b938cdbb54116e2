import type OpenAI from 'openai'
import type { ProviderAdapter } from './contracts/adapter.ts'
import type { Catalog, ModelCard } from './contracts/catalog.ts'
import type { ModelNames } from './resolve.ts'

type Model = OpenAI.Model

/** The models that calls can name now: `models.list()` and `models.retrieve()`. */
export interface ModelDirectory {
  list(): Promise<readonly Model[]>
  /** @throws NotFoundError naming the nearest known names. */
  retrieve(name: string): Promise<Model>
}

/** What the directory is made of. */
export interface DirectoryParts {
  readonly adapters: readonly ProviderAdapter[]
  readonly catalog: Catalog
  readonly names: ModelNames
  readonly isRetired: (card: ModelCard) => boolean
  /** Whether the adapter's key is there, asked of the key store. */
  readonly hasKey: (adapter: ProviderAdapter) => Promise<boolean>
}

/** The catalog's models of every adapter whose key is there; a name that several serve is listed as `provider/model`. */
export function modelDirectory({ adapters, catalog, names, isRetired, hasKey }: DirectoryParts): ModelDirectory {
  async function list(): Promise<readonly Model[]> {
    const reachable = await Promise.all(adapters.map(async (adapter) => ((await hasKey(adapter)) ? cardsOf(adapter) : [])))
    const served = reachable.flat()
    const count = new Map<string, number>()
    for (const { card } of served) count.set(card.id, (count.get(card.id) ?? 0) + 1)
    return served.map(({ adapter, card }) =>
      modelOf(count.get(card.id) === 1 ? card.id : `${adapter.id}/${card.id}`, adapter, card),
    )
  }

  function cardsOf(adapter: ProviderAdapter): readonly { readonly adapter: ProviderAdapter; readonly card: ModelCard }[] {
    const provider = adapter.catalog ?? adapter.id
    const cards = [...(adapter.models ?? []), ...catalog.list().filter((card) => card.provider === provider)]
    const distinct = new Map(cards.map((card) => [card.id, card]))
    return [...distinct.values()].filter((card) => !isRetired(card)).map((card) => ({ adapter, card }))
  }

  function retrieve(name: string): Promise<Model> {
    return Promise.resolve().then(() => {
      const resolution = names.resolve(name)
      const [target] = resolution.kind === 'targets' ? resolution.targets : []
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

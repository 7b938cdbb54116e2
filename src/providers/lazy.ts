import type { ProviderAdapter, Support } from '../contracts/adapter.ts'
import { AttemptError } from '../errors.ts'

/** What is known of an adapter before it is loaded. */
export interface Known {
  readonly id: string
  readonly key: string
  /** Whether it makes embeddings. */
  readonly embeds?: true
  /** The model that moderates where the caller names none; absent where it does not moderate. */
  readonly moderationModel?: string
  /** Whether it takes other endpoints as they are. */
  readonly forwards?: true
}

/**
 * An adapter that is known by its id and key, and loaded before it is first used. For adapters that state their own id as
 * their catalog and as the owner of their state.
 */
export function lazyAdapter(known: Known, make: () => Promise<ProviderAdapter>): ProviderAdapter {
  const { id, key } = known
  let adapter: ProviderAdapter | undefined
  let loading: Promise<void> | undefined
  const loaded = (): ProviderAdapter => {
    if (adapter === undefined) throw new AttemptError('internal', `The adapter ${id} was used before load().`)
    return adapter
  }
  return {
    ...others(known, loaded),
    id,
    key,
    catalog: id,
    get service() {
      return adapter?.service ?? { name: id }
    },
    stateOwner: id,
    load() {
      loading ??= (async () => {
        adapter = await make()
      })()
      return loading
    },
    loadSdk: async () => loaded().loadSdk?.(),
    prefill: (model, card) => loaded().prefill?.(model, card) === true,
    supports: (request, card, model) => loaded().supports(request, card, model),
    complete: (call) => loaded().complete(call),
    stream: (call) => loaded().stream(call),
    billed: (usage) => loaded().billed?.(usage),
    failure: (error) => loaded().failure(error),
    close: () => adapter?.close?.(),
  }
}

/** What not every adapter has. */
function others({ id, embeds, moderationModel, forwards }: Known, loaded: () => ProviderAdapter): Partial<ProviderAdapter> {
  const without = (method: string): AttemptError => new AttemptError('internal', `The adapter ${id} has no ${method}().`)
  return {
    ...(embeds && {
      async embed(call) {
        const adapter = loaded()
        if (adapter.embed === undefined) throw without('embed')
        return adapter.embed(call)
      },
      supportsEmbedding: (request, card, model) => loaded().supportsEmbedding?.(request, card, model) ?? everything,
    }),
    ...(moderationModel !== undefined && {
      moderationModel,
      async moderate(call) {
        const adapter = loaded()
        if (adapter.moderate === undefined) throw without('moderate')
        return adapter.moderate(call)
      },
      supportsModeration: (request, card, model) => loaded().supportsModeration?.(request, card, model) ?? everything,
    }),
    ...(forwards && {
      async forward(call) {
        const adapter = loaded()
        if (adapter.forward === undefined) throw without('forward')
        return adapter.forward(call)
      },
    }),
  }
}

const everything: Support = { level: 'yes', dropped: [] }

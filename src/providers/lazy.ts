import type { EmbedCall, ProviderAdapter } from '../contracts/adapter.ts'
import { AttemptError } from '../errors.ts'

/** What is known of an adapter before it is loaded. */
interface Known {
  readonly id: string
  readonly key: string
  /** Whether it makes embeddings. */
  readonly embeds: boolean
}

/**
 * An adapter that is known by its id and key, and loaded before it is first used. For adapters that state their own id as
 * their catalog and as the owner of their state.
 */
export function lazyAdapter({ id, key, embeds }: Known, make: () => Promise<ProviderAdapter>): ProviderAdapter {
  let adapter: ProviderAdapter | undefined
  let loading: Promise<void> | undefined
  const loaded = (): ProviderAdapter => {
    if (adapter === undefined) throw new AttemptError('internal', `The adapter ${id} was used before load().`)
    return adapter
  }
  return {
    ...(embeds && { embed: async (call: EmbedCall) => embedBy(loaded(), call) }),
    id,
    key,
    catalog: id,
    stateOwner: id,
    load() {
      loading ??= (async () => {
        adapter = await make()
      })()
      return loading
    },
    supports: (request, card, model) => loaded().supports(request, card, model),
    complete: (call) => loaded().complete(call),
    stream: (call) => loaded().stream(call),
    failure: (error) => loaded().failure(error),
    close: () => adapter?.close?.(),
  }
}

function embedBy(adapter: ProviderAdapter, call: EmbedCall): ReturnType<NonNullable<ProviderAdapter['embed']>> {
  if (adapter.embed === undefined) throw new AttemptError('internal', `${adapter.id} makes no embeddings.`)
  return adapter.embed(call)
}

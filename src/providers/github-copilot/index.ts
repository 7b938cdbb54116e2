import type { AdapterCall, ProviderAdapter } from '../../contracts/adapter.ts'
import type { ChatCompletionChunk } from '../../contracts/chat.ts'
import { chunksFor, completionFor } from '../shared/legacy.ts'
import { withMedia } from '../shared/media/with-media.ts'
import type { VendorMedia } from '../shared/media/with-media.ts'
import { supportOf, takeNotes } from '../shared/notes.ts'
import { serviceOf } from '../shared/service.ts'
import { completionOf } from './answer.ts'
import { runtimeStarter } from './client.ts'
import { Exchanges } from './exchanges.ts'
import { failure } from './failure.ts'
import { checkCopilotOptions } from './options.ts'
import type { CopilotOptions } from './options.ts'
import { RuntimePool } from './pool.ts'
import { SessionReader } from './reader.ts'
import { translate } from './request.ts'
import type { RuntimeClient } from './sdk.ts'
import { copilotSdk } from './sdk.ts'
import { messageOf, sessionConfig } from './session.ts'
import { Turn } from './turn.ts'

/** Options of {@link githubCopilot}. The key is by default the key store's `COPILOT_GITHUB_TOKEN`. */
export type GitHubCopilotOptions = CopilotOptions

/** What a `client` has to be: the SDK's `CopilotClient`, or anything that behaves like it. */
export type CopilotRuntime = RuntimeClient

/**
 * GitHub Copilot over its SDK. Copilot is an agent and no completion API: each call is a session of its own in the SDK's
 * runtime process, with no tools, no files and no memory, told the conversation in one message and deleted afterwards. The
 * key is by default the key store's `COPILOT_GITHUB_TOKEN`; calls count against the allowance of its account. With `provider`
 * the runtime works with another vendor's models and that vendor's key.
 *
 * The runtime starts on the first call, one for each token, and `close()` ends it.
 *
 * @throws `ModelyardError` `BAD_OPTION` on an option that is unknown or wrong.
 */
export function githubCopilot(options: GitHubCopilotOptions = {}): ProviderAdapter {
  checkCopilotOptions(options)
  const { id = 'github-copilot', models, region, client, provider, tools: allowsTools = false } = options
  const exchanges = client === undefined ? new Exchanges(options.fetch) : undefined
  // With a vendor of one's own the key is the session's and not the runtime's; a client of one's own is one runtime anyway.
  const isShared = provider !== undefined || typeof client === 'object'
  const pool = new RuntimePool({ start: runtimeStarter(options, exchanges), isShared })

  async function* stream(call: AdapterCall): AsyncGenerator<ChatCompletionChunk, void> {
    const translated = translate(call.request, { allowsTools, notes: takeNotes() })
    const config = sessionConfig(call, translated, options)
    const turn = new Turn({ call, config, message: messageOf(call, translated, options), pool, exchanges })
    const reader = new SessionReader({ model: call.model, secret: call.secret, sessionId: turn.sessionId })
    try {
      await turn.begin()
      while (!reader.isComplete) {
        const chunks: ChatCompletionChunk[] = []
        const event = await turn.next()
        const hadBegun = reader.hasBegun
        reader.read(event, chunks)
        // A client of the user's own keeps the vendor's headers to itself.
        if (exchanges === undefined && !hadBegun && reader.hasBegun) call.onHeaders?.(new Headers())
        yield* chunks
      }
    } finally {
      turn.end(reader)
    }
  }

  const adapter: ProviderAdapter = {
    id,
    key: keyOf(options),
    catalog: provider === undefined ? 'github-copilot' : (provider.type ?? 'openai'),
    ...serviceOf('github-copilot', {}),
    ...(models !== undefined && { models }),
    ...(region !== undefined && { region }),
    loadSdk: copilotSdk(),
    supports: (request) =>
      supportOf(() => {
        const notes = takeNotes()
        translate(request, { allowsTools, notes })
        return notes
      }),
    complete: async (call) => completionFor(call.request, await completionOf(stream(call))),
    stream: (call) => chunksFor(call.request, stream(call)),
    failure,
    close: () => pool.close(),
  }
  return withMedia(adapter, media, options.media)
}

/** What the runtime hands on by itself (`supported_media_types` of the models of its runtime 1.0.85); it fetches nothing. */
const media: VendorMedia = { limits: { imageTypes: ['image/jpeg', 'image/png', 'image/webp'] }, fetches: () => false }

const keyNames = { openai: 'OPENAI_API_KEY', azure: 'AZURE_OPENAI_API_KEY', anthropic: 'ANTHROPIC_API_KEY' } as const

/** Whose key it is: that of the vendor of one's own, or the GitHub token. A client of one's own has its token already. */
function keyOf({ key, provider, client }: GitHubCopilotOptions): ProviderAdapter['key'] {
  if (key !== undefined) return key
  if (provider !== undefined) return keyNames[provider.type ?? 'openai']
  return typeof client === 'object' ? null : 'COPILOT_GITHUB_TOKEN'
}

import type { AdapterCall, ProviderAdapter } from '../../contracts/adapter.ts'
import { bodyText } from '../shared/body-text.ts'
import { answerObject } from '../shared/completion.ts'
import { eventStream } from '../shared/event-stream.ts'
import { supportOf, takeNotes } from '../shared/notes.ts'
import { vendorOf } from '../shared/service.ts'
import { streamedBody } from '../shared/streamed-body.ts'
import { chunksOfCompletion } from '../shared/whole-chunks.ts'
import { delegated, keyed } from './access.ts'
import { asker, graphURL } from './client.ts'
import type { Action } from './client.ts'
import { failure, refusals } from './failure.ts'
import { checkOptionsOf, ownTimeZone } from './options.ts'
import type { Options } from './options.ts'
import { chatAction } from './request.ts'
import { completionOf } from './response.ts'
import type { Style } from './response.ts'
import { isConversation, SnapshotReader } from './stream.ts'

/** Options of {@link m365Copilot}. */
export type M365CopilotOptions = Options

/**
 * Microsoft 365 Copilot, by the Chat API of Microsoft Graph (beta, a preview): answers that draw on what the user may see in
 * Microsoft 365, and on the web. There is one model, `microsoft-365-copilot`, and it takes and gives text alone.
 *
 * A call is two requests, a new conversation and the message in it, for a conversation remembers what was said; neither is
 * ever made again. The last message of the user is what is asked; instructions and earlier messages go along as context. The
 * service counts no tokens: `usage` is an estimate, and says so by `estimated: true`.
 *
 * @throws `ModelyardError` `BAD_OPTION` on an option that is unknown or wrong.
 */
export function m365Copilot(options: M365CopilotOptions = {}): ProviderAdapter {
  checkOptionsOf(options)
  const { id = 'm365-copilot', key, models, region, getToken, markup = 'keep', webSearch } = options
  const ask = asker(options, getToken === undefined ? keyed : delegated(getToken))
  const defaults = { timeZone: options.timeZone ?? ownTimeZone(), webSearch }

  async function asked(call: AdapterCall, action: Action): Promise<{ readonly response: Response; readonly style: Style }> {
    const { body, prompt, texts } = chatAction(call.request, { defaults, notes: takeNotes(), own: call.providerOptions })
    const { response, conversation } = await ask(call, action, body)
    return { response, style: { model: call.model, markup, prompt, texts, conversation } }
  }

  return {
    id,
    key: key ?? (getToken === undefined ? 'M365_COPILOT_TOKEN' : null),
    ...vendorOf('m365-copilot', options, graphURL),
    ...(models !== undefined && { models }),
    ...(region !== undefined && { region }),
    supports: (request) =>
      supportOf(() => {
        const notes = takeNotes()
        chatAction(request, { defaults, notes })
        return notes
      }),
    async complete(call) {
      const { response, style } = await asked(call, 'chat')
      return completionOf(answerObject(await bodyText(response, call.signal), refusals), style)
    },
    stream(call) {
      let reader: SnapshotReader | undefined
      return eventStream({
        open: async () => {
          const { response, style } = await asked(call, 'chatOverStream')
          reader = new SnapshotReader(style)
          return streamedBody(response, call.signal, (text) =>
            chunksOfCompletion(completionOf(answerObject(text, refusals), style)),
          )
        },
        translator: {
          read: (event, out) => reader?.read(event, out),
          end: (out) => reader?.end(out),
          get complete() {
            return reader?.complete === true
          },
        },
        signal: call.signal,
        isLast: isConversation,
      })
    },
    failure,
  }
}

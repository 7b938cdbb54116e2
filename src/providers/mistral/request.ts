import type { ChatRequest } from '../../contracts/chat.ts'
import { defined } from '../shared/body.ts'
import { translated, type Target, type Translation } from '../shared/translation.ts'
import { conversation } from './messages.ts'
import { traitsOf } from './models.ts'
import { settings } from './settings.ts'
import { toolFields } from './tools.ts'
import { enforcement } from './promises.ts'
import { leftBy } from '../shared/schema/left.ts'
import { unsupported } from '../shared/notes.ts'
import { toolFault, usualName } from '../shared/tool-rules.ts'

/** For whom a request is translated. */
export interface MistralTarget extends Target {
  /** Whose `provider_state` is replayed. */
  readonly owner: string
}

/**
 * Translates a chat request into the body of `POST /v1/chat/completions`. Nothing of it is written to.
 *
 * @throws {@link AttemptError} `invalid_request` with the field, for what the vendor cannot serve.
 */
export function translate(
  request: ChatRequest,
  { model, card, owner }: MistralTarget,
  providerOptions?: Readonly<Record<string, unknown>>,
): Translation {
  const traits = traitsOf(model, card)
  return translated((notes) => {
    // A recorded 400: "Function name was … but must be a-z, A-Z, 0-9, or contain underscores and dashes, …".
    const fault = toolFault(request, usualName)
    if (fault !== undefined) throw unsupported(fault.field, fault.reason)
    const left = leftBy(enforcement, request)
    if ('level' in left) throw unsupported(left.field, left.reason)
    notes.leave(left)
    return defined({
      model,
      messages: conversation(request.messages, { traits, notes, owner }),
      ...toolFields(request),
      ...settings(request, traits, notes),
      stream: request.stream === true || undefined,
    })
  }, providerOptions)
}

import type { ModelCard } from '../../contracts/catalog.ts'
import type { ChatRequest } from '../../contracts/chat.ts'
import { isObject, type JsonObject } from '../shared/json.ts'
import { conversation } from './messages.ts'
import { traitsOf } from './models.ts'
import { takeNotes } from '../shared/notes.ts'
import { settings } from './settings.ts'
import { toolFields } from './tools.ts'

/** For whom a request is translated. */
export interface Target {
  readonly model: string
  readonly card: ModelCard | undefined
  /** Whose `provider_state` is replayed. */
  readonly owner: string
}

/** A request as the vendor wants it. */
export interface Translation {
  readonly body: JsonObject
  /** Tuning fields that were left out, or sent at the nearest value there is. */
  readonly dropped: readonly string[]
  /** Something is said in other words than the vendor's own. */
  readonly emulated: boolean
}

/**
 * Translates a chat request into the body of `POST /v1/chat/completions`. Nothing of it is written to.
 *
 * @throws {@link AttemptError} `invalid_request` with the field, for what the vendor cannot serve.
 */
export function translate(
  request: ChatRequest,
  { model, card, owner }: Target,
  providerOptions: Readonly<Record<string, unknown>> = {},
): Translation {
  const notes = takeNotes()
  const traits = traitsOf(model, card)
  const body = defined({
    model,
    messages: conversation(request.messages, { traits, notes, owner }),
    ...toolFields(request),
    ...settings(request, traits, notes),
    stream: request.stream === true || undefined,
  })
  return { body: merged(body, providerOptions), dropped: notes.dropped, emulated: notes.emulated }
}

function defined(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null))
}

/** The caller's own fields for this vendor, last: objects are merged, anything else is replaced. */
function merged(body: JsonObject, own: JsonObject): JsonObject {
  const out: Record<string, unknown> = { ...body }
  for (const [key, value] of Object.entries(own)) {
    const before = out[key]
    out[key] = isObject(before) && isObject(value) ? merged(before, value) : value
  }
  return out
}

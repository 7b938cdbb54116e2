import type { ChatRequest } from '../../contracts/chat.ts'
import { numberOf } from '../shared/guards.ts'
import { isObject, type JsonObject } from '../shared/json.ts'
import type { Notes } from '../shared/notes.ts'
import { translated, type Translation as Translated } from '../shared/translation.ts'
import { addressOf } from './address.ts'
import { conversationOf, type Conversation } from './conversation.ts'
import { formatted } from './format.ts'
import type { ModelInputs } from './inputs.ts'
import { settingsOf } from './settings.ts'
import { promptOf } from './templates.ts'

/** A request as the vendor wants it. */
export interface Translation extends Translated {
  /** Where it goes, below the base URL. */
  readonly path: string
  /** The most tokens that the answer may have, as far as that is known. */
  readonly limit: number | undefined
}

/**
 * Translates a chat request into the creation of a prediction. Nothing of it is written to.
 *
 * @throws {@link AttemptError} `invalid_request` with the field, for what the model cannot serve.
 */
export function translate(
  request: ChatRequest,
  { model, inputs }: { readonly model: string; readonly inputs: ModelInputs },
  providerOptions: JsonObject = {},
): Translation {
  const { path, fields } = addressOf(model)
  const translation = translated((notes) => {
    const own = { inputs, notes }
    const settings = settingsOf(request, own)
    const { turns, images } = conversationOf(request, own)
    const input = { ...conversationInputs({ turns: formatted(turns, request, notes), images }, own), ...settings }
    return { ...fields, input, ...(request.stream === true && { stream: true }) }
  }, providerOptions)
  return { ...translation, path, limit: limitIn(translation.body, inputs) }
}

function conversationInputs({ turns, images }: Conversation, { inputs, notes }: { inputs: ModelInputs; notes: Notes }): JsonObject {
  const { conversation, system, template, image } = inputs
  const pictures = images.length === 0 ? {} : inputs.images === undefined ? first(image, images) : { [inputs.images]: images }
  if (conversation === 'messages') return { messages: turns.map(({ role, text }) => ({ role, content: text })), ...pictures }
  const spoken = turns.findIndex(({ role }) => role !== 'system')
  // Instructions alone are what is asked.
  const apart = system === undefined || spoken === -1 ? 0 : spoken
  const { prompt, exact } = promptOf(conversation, turns.slice(apart))
  if (!exact) notes.emulate()
  return {
    prompt,
    ...(system !== undefined && apart > 0 && { [system]: joined(turns.slice(0, apart)) }),
    ...(template !== undefined && { [template]: '{prompt}' }),
    ...pictures,
  }
}

function first(input: string | undefined, images: readonly string[]): JsonObject {
  return input === undefined ? {} : { [input]: images[0] }
}

function joined(turns: Conversation['turns']): string {
  return turns.map(({ text }) => text).join('\n\n')
}

/** The limit that goes over the wire, whoever set it, else the model's own. */
function limitIn({ input }: JsonObject, { settings, defaultLimit }: ModelInputs): number | undefined {
  const name = settings?.max_tokens
  return (name === undefined || !isObject(input) ? undefined : numberOf(input[name])) ?? defaultLimit
}

import { randomUUID } from 'node:crypto'
import type { ChatRequest, ProviderState } from '../../contracts/chat.ts'
import { isObject, textOf } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import { callersName } from './tools.ts'
import type { Part } from './wire.ts'

/** What a call's answer is translated with. */
export interface AnswerContext {
  readonly request: ChatRequest
  /** The model that was asked, for answers that name none. */
  readonly model: string
  readonly stateOwner: string
}

/** A function call of the model's, in OpenAI's words. */
export interface Call {
  readonly id: string
  readonly name: string
  readonly arguments: string
  /** The thought signature that came with it. */
  readonly signature: string | undefined
}

/** What one part says, in OpenAI's words. Parts that only the vendor understands (its own tools at work) are `other`. */
export type Said =
  | { readonly kind: 'text' | 'reasoning'; readonly text: string }
  | { readonly kind: 'call'; readonly call: Call }
  | { readonly kind: 'media'; readonly mimeType: string; readonly data: string }
  | { readonly kind: 'other' }

/**
 * The turn that the model makes, part by part. It keeps the vendor's own parts for the next turn, names the calls, and
 * keeps to `parallel_tool_calls: false`, which the vendor does not have: the calls after the first are as if never made.
 */
export class TurnReader {
  readonly #context: AnswerContext
  readonly #blocks: Part[] = []
  readonly #ids = new Set<string>()

  constructor(context: AnswerContext) {
    this.#context = context
  }

  /** How many calls there are so far. */
  get calls(): number {
    return this.#ids.size
  }

  /** The parts so far, text that came in pieces joined. */
  get blocks(): readonly Part[] {
    return this.#blocks
  }

  /** Takes the next part; `undefined` for a call that may not be. */
  take(part: Part): Said | undefined {
    const { functionCall: call, inlineData: media } = part
    if (isObject(call)) {
      if (this.#ids.size > 0 && this.#context.request.parallel_tool_calls === false) return undefined
      this.#blocks.push(part)
      return { kind: 'call', call: this.#named(call, textOf(part['thoughtSignature'])) }
    }
    this.#keep(part)
    const text = textOf(part['text'])
    if (text !== undefined) return { kind: part['thought'] === true ? 'reasoning' : 'text', text }
    const data = isObject(media) ? textOf(media['data']) : undefined
    if (!isObject(media) || data === undefined) return { kind: 'other' }
    return { kind: 'media', mimeType: textOf(media['mimeType']) ?? '', data }
  }

  /** What must come back in the next turn; `undefined` where the message itself says it all. */
  state(): ProviderState | undefined {
    const extra = this.#blocks.some((block) => Object.keys(block).some((field) => !plainFields.has(field)))
    if (!extra) return undefined
    return { v: 1, provider: this.#context.stateOwner, model: this.#context.model, blocks: this.#blocks }
  }

  #named(call: JsonObject, signature: string | undefined): Call {
    const given = textOf(call['id'])
    // Older models give no ids, and OpenAI's clients need them to be unique.
    const id =
      given === undefined || given === '' || this.#ids.has(given) ? `call_${randomUUID().replaceAll('-', '').slice(0, 24)}` : given
    this.#ids.add(id)
    const name = callersName(textOf(call['name']) ?? '', this.#context.request)
    return { id, name, arguments: JSON.stringify(call['args'] ?? {}), signature }
  }

  #keep(part: Part): void {
    const last = this.#blocks.at(-1)
    const text = joined(last, part)
    if (last === undefined || text === undefined) this.#blocks.push(part)
    else this.#blocks[this.#blocks.length - 1] = { ...last, text }
  }
}

const plainFields: ReadonlySet<string> = new Set(['text', 'thought', 'functionCall'])

/** The text of two parts that are one; `undefined` where they are not: a signature belongs to its own part. */
function joined(last: Part | undefined, next: Part): string | undefined {
  const before = textOf(last?.['text'])
  const after = textOf(next['text'])
  if (last === undefined || before === undefined || after === undefined) return undefined
  if (last['thought'] !== next['thought'] || !isPlain(last) || !isPlain(next)) return undefined
  return before + after
}

function isPlain(part: Part): boolean {
  return Object.keys(part).every((field) => plainFields.has(field))
}

/** The signature where Google's own OpenAI-compatible surface puts it. */
export function extraContent(signature: string | undefined): { readonly extra_content?: JsonObject } {
  return signature === undefined ? {} : { extra_content: { google: { thought_signature: signature } } }
}

/** The list of objects in a field. */
export function objectsOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** The parts of a candidate. */
export function partsOf({ content }: JsonObject): readonly Part[] {
  return isObject(content) ? objectsOf(content['parts']) : []
}

/** Why the prompt was refused; `undefined` where it was not. */
export function blockReason({ promptFeedback }: JsonObject): string | undefined {
  const reason = isObject(promptFeedback) ? textOf(promptFeedback['blockReason']) : undefined
  if (!isObject(promptFeedback) || reason === undefined) return undefined
  return textOf(promptFeedback['blockReasonMessage']) ?? `The prompt was blocked: ${reason}`
}

/** Who answers: the id, the time and the model that really served the request. */
export function headOf(body: JsonObject, model: string): { readonly id: string; readonly created: number; readonly model: string } {
  const time = textOf(body['createTime'])
  const made = time === undefined ? Number.NaN : Date.parse(time)
  return {
    id: textOf(body['responseId']) ?? `chatcmpl-${randomUUID()}`,
    created: Math.floor((Number.isNaN(made) ? Date.now() : made) / 1000),
    model: textOf(body['modelVersion']) ?? model,
  }
}

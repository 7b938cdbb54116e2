import type OpenAI from 'openai'
import { isObject, textOf } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import { nativeName } from './tools.ts'
import { traitsOf } from './models.ts'
import type { Traits } from './models.ts'
import type { Part } from './wire.ts'

type AssistantMessage = OpenAI.ChatCompletionAssistantMessageParam

/** Google's documented stand-in for a thought signature that a history from elsewhere cannot have. */
const skipSignature = 'skip_thought_signature_validator'

/** A function call as the model's turn now states it: what a tool result must repeat. */
export interface StatedCall {
  /** The id in OpenAI's words. */
  readonly id: string | undefined
  /** The id that went out with the call, if one did. */
  readonly nativeId: string | undefined
  readonly name: string
}

/** An assistant message as the parts of one model turn, and the calls in it. */
export interface ModelTurn {
  readonly parts: readonly Part[]
  readonly calls: readonly StatedCall[]
}

/** What replaying a turn depends on. */
export interface ReplayContext {
  readonly traits: Traits
  readonly stateOwner: string
}

/** The model's turn: the vendor's own parts where we own them, else rebuilt from the message. */
export function toModelTurn(message: AssistantMessage, context: ReplayContext): ModelTurn {
  const state = stateOf(message)
  const own = state?.owner === context.stateOwner && state.generation === context.traits.generation
  const blocks = own && saysTheSame(state.blocks, message) ? state.blocks : undefined
  const parts = blocks ?? rebuilt(message, state === undefined || own)
  return { parts: context.traits.needsSignatures ? signed(parts) : parts, calls: statedCalls(parts, message) }
}

interface State {
  readonly owner: string
  readonly generation: number
  readonly blocks: readonly Part[]
}

/** The `provider_state` of a message; signatures are only good for the generation of models that made them. */
function stateOf(message: AssistantMessage): State | undefined {
  const state: unknown = 'provider_state' in message ? message.provider_state : undefined
  if (!isObject(state) || state['v'] !== 1 || !Array.isArray(state['blocks'])) return undefined
  const owner = textOf(state['provider'])
  if (owner === undefined) return undefined
  return { owner, generation: traitsOf(textOf(state['model']) ?? '').generation, blocks: state['blocks'].filter(isObject) }
}

/** Whether the blocks still say what the message says: a caller may have edited the message since. */
function saysTheSame(blocks: readonly Part[], message: AssistantMessage): boolean {
  const calls = blocks.flatMap(({ functionCall }) => (isObject(functionCall) ? [functionCall] : []))
  const stated = callsOf(message)
  if (blocks.length === 0 || calls.length !== stated.length) return false
  const sameCalls = calls.every((call, index) => {
    const now = stated[index]
    return (
      now !== undefined &&
      call['name'] === nativeName(now.name) &&
      JSON.stringify(call['args'] ?? {}) === JSON.stringify(argumentsOf(now.json))
    )
  })
  const text = blocks.map((block) => (block['thought'] === true ? '' : (textOf(block['text']) ?? ''))).join('')
  return sameCalls && text === textsOf(message).join('')
}

/** Text and calls without the state of another vendor (or of another generation of models). */
function rebuilt(message: AssistantMessage, trustSignatures: boolean): readonly Part[] {
  const texts = textsOf(message)
    .filter((text) => text !== '')
    .map((text) => ({ text }))
  const calls = callsOf(message).map(({ id, name, json, signature }) => ({
    functionCall: { name: nativeName(name), args: argumentsOf(json), ...(id === undefined ? {} : { id }) },
    ...(signature === undefined || !trustSignatures ? {} : { thoughtSignature: signature }),
  }))
  return [...texts, ...calls]
}

function textsOf({ content, refusal }: AssistantMessage): readonly string[] {
  const texts =
    typeof content === 'string' ? [content] : (content ?? []).map((part) => (part.type === 'text' ? part.text : part.refusal))
  return typeof refusal === 'string' ? [...texts, refusal] : texts
}

interface MessageCall {
  readonly id: string | undefined
  readonly name: string
  readonly json: string
  readonly signature: string | undefined
}

function callsOf(message: AssistantMessage): readonly MessageCall[] {
  const legacy = message.function_call
  if (legacy !== undefined && legacy !== null)
    return [{ id: undefined, name: legacy.name, json: legacy.arguments, signature: undefined }]
  return (message.tool_calls ?? []).map((call) =>
    call.type === 'custom'
      ? { id: call.id, name: call.custom.name, json: JSON.stringify({ input: call.custom.input }), signature: undefined }
      : { id: call.id, name: call.function.name, json: call.function.arguments, signature: signatureOf(call) },
  )
}

/** The signature where Google's own OpenAI-compatible surface puts it. */
function signatureOf(call: object): string | undefined {
  const extra: unknown = 'extra_content' in call ? call.extra_content : undefined
  const google = isObject(extra) ? extra['google'] : undefined
  return isObject(google) ? textOf(google['thought_signature']) : undefined
}

/** Arguments must be an object; what is none is wrapped, so that nothing of the history is lost. */
function argumentsOf(json: string): JsonObject {
  if (json.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(json)
    return isObject(value) ? value : { arguments: value }
  } catch {
    return { arguments: json }
  }
}

/** The first call of a turn must carry a signature; the model is told to go without where there is none. */
function signed(parts: readonly Part[]): readonly Part[] {
  const first = parts.findIndex(({ functionCall }) => functionCall !== undefined)
  if (first === -1 || parts[first]?.['thoughtSignature'] !== undefined) return parts
  return parts.map((part, index) => (index === first ? { ...part, thoughtSignature: skipSignature } : part))
}

function statedCalls(parts: readonly Part[], message: AssistantMessage): readonly StatedCall[] {
  const ids = callsOf(message)
  return parts
    .flatMap(({ functionCall }) => (isObject(functionCall) ? [functionCall] : []))
    .map((call, index) => ({ id: ids[index]?.id, nativeId: textOf(call['id']), name: textOf(call['name']) ?? '' }))
}

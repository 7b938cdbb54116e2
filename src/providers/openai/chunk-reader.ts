import type { ChatCompletionChunk } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import type { ChunkHead } from '../shared/chunks.ts'
import { ChunkBuilder, usageChunk } from '../shared/chunks.ts'
import { failureFromBody } from '../shared/failure.ts'
import { isObject } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import type { EventTranslator } from '../shared/event-stream.ts'
import type { SseEvent } from '../shared/sse.ts'
import { plainReading } from './reading.ts'
import type { Reading } from './reading.ts'
import { ToolDeltas } from './tool-deltas.ts'

type Chunk = ChatCompletionChunk
type Choice = Chunk['choices'][number]

/** What a stream was asked for. */
export interface ChunkReaderOptions {
  /** Whether the caller wants the padding that hides the lengths of tokens; otherwise it ends here. */
  readonly keepObfuscation: boolean
  /** Whether the caller asked for usage; otherwise the chunks before it do not mention it. */
  readonly keepUsage: boolean
  /** How many choices there will be. */
  readonly choices: number
  /** How the server writes. Default: as OpenAI does. */
  readonly reading?: Reading
}

interface ChoiceState {
  readonly tools: ToolDeltas
  finished: boolean
}

/**
 * Reads the events of one answer. What keeps to OpenAI's grammar goes through as it was parsed; what does not is put
 * right: one role for each choice, the same id and model throughout, numbered tool calls, `null` instead of nothing for a
 * finish reason, usage in one chunk at the end.
 */
export class ChunkReader implements EventTranslator<Chunk> {
  readonly #keepObfuscation: boolean
  readonly #keepUsage: boolean
  readonly #expected: number
  readonly #reading: Reading
  readonly #tidy: ((event: JsonObject) => JsonObject | undefined) | undefined
  readonly #choices = new Map<number, ChoiceState>()
  #head: ChunkHead | undefined
  #early: Chunk | undefined
  #usage: Chunk | undefined
  #unfinished = 0
  /** Whether there was any text yet. */
  #hasSpoken = false
  #closed = false

  constructor({ keepObfuscation, keepUsage, choices, reading = plainReading }: ChunkReaderOptions) {
    this.#keepObfuscation = keepObfuscation
    this.#keepUsage = keepUsage
    this.#expected = choices
    this.#reading = reading
    this.#tidy = reading.events?.()
  }

  /** Whether every choice has its finish reason. */
  get complete(): boolean {
    return this.#unfinished === 0 && this.#choices.size >= this.#expected
  }

  read({ event, data }: SseEvent, out: Chunk[]): void {
    if (data === '[DONE]') {
      this.#closed = true
      return
    }
    const sent = parsed(data)
    if (event === 'error' || hasError(sent)) throw streamError(sent ?? data, this.#reading)
    const value = this.#tidy === undefined || !isObject(sent) ? sent : this.#tidy(sent)
    if (value === undefined && sent !== undefined) return
    const chunk = asChunk(value)
    this.#strip(chunk)
    const sound = this.#isPlain(chunk) ? chunk : this.#normalised(chunk)
    if (sound === undefined) return
    if (!this.#hasSpoken) this.#hasSpoken = bearsText(sound)
    out.push(sound)
  }

  /** Takes away what the caller did not ask for: the last fields, where deleting costs nothing. */
  #strip(chunk: WireChunk): void {
    // oxlint-disable no-param-reassign -- the chunk is ours: it was parsed a line ago
    if (chunk.obfuscation !== undefined && !this.#keepObfuscation) delete chunk.obfuscation
    // Usage is there because the router asks for it, whoever else does.
    if (chunk.usage === null && !this.#keepUsage) delete chunk.usage
    // oxlint-enable no-param-reassign
  }

  end(out: Chunk[]): void {
    if (this.#mayInferFinish) this.#finishOpen(out)
    if (this.#choices.size === 0 || this.#unfinished > 0)
      throw new AttemptError('truncated', 'The stream ended without a finish reason.')
    if (this.#usage !== undefined) out.push(this.#usage)
  }

  /**
   * Some servers end an answer of tool calls without a finish reason. Where the terminal event and the usage came and all
   * arguments are whole there is no doubt; anything less stays a truncated answer. Some do so with every answer: there the
   * terminal event after the usage is the end.
   */
  #finishOpen(out: Chunk[]): void {
    const head = this.#head
    for (const [index, state] of this.#choices) {
      const { infersFinish, tolerateMissingFinish } = this.#reading
      const isText = (infersFinish === true || tolerateMissingFinish === true) && state.tools.none
      if (head === undefined || state.finished || !(isText || state.tools.whole)) continue
      state.finished = true
      this.#unfinished -= 1
      const tool_calls = state.tools.end()
      const delta = tool_calls.length === 0 ? {} : { tool_calls }
      out.push(new ChunkBuilder(head, index).delta(delta, isText ? 'stop' : 'tool_calls'))
    }
  }

  get #mayInferFinish(): boolean {
    return (this.#closed && this.#usage !== undefined) || (this.#reading.tolerateMissingFinish === true && this.#hasSpoken)
  }

  /** By far the commonest chunk: the next piece of a choice that has begun and does not end here. */
  #isPlain(chunk: Chunk): boolean {
    const head = this.#head
    const choice = chunk.choices[0]
    if (head === undefined || choice === undefined || chunk.choices.length > 1) return false
    if (!belongsTo(chunk, head) || chunk.usage) return false
    return choice.finish_reason === null && this.#choices.has(choice.index) && isPlainDelta(choice.delta)
  }

  #normalised(chunk: Chunk): Chunk | undefined {
    if (this.#head === undefined && chunk.choices.length === 0 && !chunk.id) {
      // Some servers begin with a chunk that has neither a choice nor the answer's id: it becomes part of the next one.
      this.#early = chunk
      return undefined
    }
    const head = (this.#head ??= headOf(chunk))
    const { usage } = chunk
    const out: Chunk = { ...this.#early, ...chunk, ...head, object: 'chat.completion.chunk' }
    this.#early = undefined
    if (!usage) return { ...out, choices: chunk.choices.map((choice, position) => this.#choice(choice, position)) }
    this.#usage = chunk.choices.length === 0 ? out : usageChunk(head, usage)
    if (chunk.choices.length === 0) return undefined
    return { ...out, usage: null, choices: chunk.choices.map((choice, position) => this.#choice(choice, position)) }
  }

  #choice(choice: Choice, position: number): Choice {
    const index = typeof choice.index === 'number' ? choice.index : position
    const known = this.#choices.get(index)
    const state = known ?? { tools: new ToolDeltas(), finished: false }
    if (known === undefined) {
      this.#choices.set(index, state)
      this.#unfinished += 1
    }
    const finish_reason = state.finished ? null : choice.finish_reason || null
    const delta = deltaOf(choice.delta, { first: known === undefined, last: finish_reason !== null, tools: state.tools })
    if (finish_reason !== null) {
      state.finished = true
      this.#unfinished -= 1
    }
    return { ...choice, index, delta, finish_reason }
  }
}

type WireChunk = Chunk & { obfuscation?: unknown }

function asChunk(value: unknown): WireChunk {
  if (isChunk(value)) return value
  // A note beside the answer, such as the verdict of moderation.
  const note: unknown = isObject(value) ? { ...value, choices: [] } : undefined
  if (isChunk(note)) return note
  throw new AttemptError('truncated', 'The stream carries something that is no chunk.')
}

/** Only `choices` is looked at here; the reader distrusts every other field itself. */
function isChunk(value: unknown): value is WireChunk {
  return isObject(value) && Array.isArray(value['choices'])
}

function belongsTo({ id, model, created, object }: Chunk, head: ChunkHead): boolean {
  return id === head.id && model === head.model && created === head.created && object === 'chat.completion.chunk'
}

/** Servers have been seen to leave the delta out, whatever its type says. */
function isPlainDelta(delta: Choice['delta'] | undefined): boolean {
  return delta !== undefined && delta !== null && delta.role === undefined && delta.tool_calls === undefined
}

function hasError(value: unknown): boolean {
  return isObject(value) && Boolean(value['error'])
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    return undefined
  }
}

function streamError(value: unknown, { refusals }: Reading): AttemptError {
  const { kind, message, ...details } = failureFromBody(value, refusals)
  return new AttemptError(kind, message, details)
}

function bearsText({ choices }: Chunk): boolean {
  return choices.some(({ delta }) => typeof delta.content === 'string' && delta.content !== '')
}

function headOf({ id, created, model }: Chunk): ChunkHead {
  return {
    id: id || `chatcmpl-${crypto.randomUUID()}`,
    created: Math.trunc(Number.isFinite(created) ? created : Date.now() / 1000),
    model: model ?? '',
  }
}

function deltaOf(
  sent: Choice['delta'],
  { first, last, tools }: { first: boolean; last: boolean; tools: ToolDeltas },
): Choice['delta'] {
  const { role: _, tool_calls, ...rest } = isObject(sent) ? sent : {}
  const calls = Array.isArray(tool_calls) ? tool_calls.map((call) => tools.read(call)) : []
  if (last) calls.push(...tools.end())
  return { ...(first ? { role: 'assistant' } : {}), ...rest, ...(calls.length === 0 ? {} : { tool_calls: calls }) }
}

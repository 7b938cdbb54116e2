import type { ChatCompletionChunk } from '../contracts/chat.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Choice, JsonCheck } from './check.ts'

type Chunks = AsyncIterator<ChatCompletionChunk>
type Result = IteratorResult<ChatCompletionChunk>
type ChunkChoice = ChatCompletionChunk['choices'][number]

/** What has come of one choice. */
interface Draft {
  text: string
  refused: boolean
  finish: string | null | undefined
  readonly calls: Map<number, { name: string; arguments: string }>
}

// After its finish a stream has only usage to give, which is not worth a long wait.
const longestUsageMs = 2000

/**
 * A stream whose answer is checked at its end: what comes from its first finish reason on is held back until then. One that
 * does not pass gives its usage and then fails, without its finish, as any stream that broke.
 */
export class CheckedStream implements Chunks {
  readonly #source: Chunks
  readonly #check: JsonCheck
  readonly #clock: Clock
  /** How many choices there are to come. */
  readonly #count: number
  readonly #drafts = new Map<number, Draft>()
  #held: ChatCompletionChunk[] = []
  #fault: Error | undefined
  #isOver = false

  constructor(source: Chunks, check: JsonCheck, { clock, count }: { readonly clock: Clock; readonly count: number }) {
    this.#source = source
    this.#check = check
    this.#clock = clock
    this.#count = count
  }

  async next(): Promise<Result> {
    if (this.#isOver) return this.#rest()
    const result = await this.#source.next()
    if (result.done === true) return result
    this.#note(result.value)
    if (!result.value.choices.some(isFinish)) return result
    this.#held.push(result.value)
    await this.#readOut()
    this.#isOver = true
    this.#fault = await this.#check.faultOf([...this.#drafts.values()].map(choiceOf))
    if (this.#fault !== undefined) this.#held = this.#held.flatMap(usageOf)
    return this.#rest()
  }

  /** What was held back; then the end, or what is wrong. */
  #rest(): Result {
    const value = this.#held.shift()
    if (value !== undefined) return { value, done: false }
    const fault = this.#fault
    this.#fault = undefined
    if (fault !== undefined) throw fault
    return { value: undefined, done: true }
  }

  /** Reads what comes after a finish. */
  async #readOut(): Promise<void> {
    const { promise: tooLate, resolve } = Promise.withResolvers<undefined>()
    let timer: Disposable | undefined
    try {
      for (;;) {
        if (this.#isFinished()) timer ??= this.#clock.setTimeout(() => resolve(undefined), longestUsageMs)
        const result = await Promise.race([this.#source.next(), tooLate])
        if (result === undefined || result.done === true) return
        this.#note(result.value)
        this.#held.push(result.value)
      }
    } catch (error) {
      // That a whole answer is there no error changes any more.
      if (!this.#isFinished()) throw error
    } finally {
      timer?.[Symbol.dispose]()
    }
  }

  #note({ choices }: ChatCompletionChunk): void {
    for (const { index, delta, finish_reason: finish } of choices) {
      const draft = this.#drafts.get(index) ?? { text: '', refused: false, finish: undefined, calls: new Map() }
      this.#drafts.set(index, draft)
      if (typeof delta.content === 'string') draft.text += delta.content
      if ((delta.refusal ?? '') !== '') draft.refused = true
      for (const call of delta.tool_calls ?? []) noteCall(draft, call)
      draft.finish ??= finish
    }
  }

  #isFinished(): boolean {
    const finishes = [...this.#drafts.values()].filter(({ finish }) => finish !== undefined && finish !== null)
    return finishes.length >= this.#count
  }

  async return(): Promise<Result> {
    return (await this.#source.return?.()) ?? { value: undefined, done: true }
  }
}

function isFinish({ finish_reason: finish }: ChunkChoice): boolean {
  return finish !== null && finish !== undefined
}

function noteCall({ calls }: Draft, { index, function: part }: NonNullable<ChunkChoice['delta']['tool_calls']>[number]): void {
  const call = calls.get(index) ?? { name: '', arguments: '' }
  calls.set(index, { name: part?.name ?? call.name, arguments: call.arguments + (part?.arguments ?? '') })
}

function choiceOf({ calls, ...draft }: Draft): Choice {
  return { ...draft, calls: [...calls.values()] }
}

/** A chunk's usage without the rest of it. */
function usageOf(chunk: ChatCompletionChunk): readonly ChatCompletionChunk[] {
  return chunk.usage === undefined || chunk.usage === null ? [] : [{ ...chunk, choices: [] }]
}

import type { JudgeOptions } from './judge.ts'
import type { PromptRecord } from './prompts.ts'
import type { Validator } from './validators.ts'

/** How far a comparison is. */
export interface CompareProgress {
  readonly phase: 'calls' | 'judging'
  /** Of this phase, those of an earlier run included. */
  readonly done: number
  readonly total: number
  /** Taken over from the journal of an earlier run. */
  readonly resumed: number
  readonly failed: number
  /** Dollars so far, judge and earlier runs included. */
  readonly spentUsd: number
}

/** What is to be compared, and how. */
export interface CompareOptions {
  /**
   * Texts, chat bodies without `model`, or the path of a `.jsonl` or `.csv` file of them. An `id` names a prompt in the report,
   * `expected` is for the validator of that name; neither is sent.
   */
  readonly prompts: readonly (string | PromptRecord)[] | string
  /** Model strings, each of which names one model: `provider/model`, a model name, an alias of one. */
  readonly targets: readonly string[]
  /** How often each target gets each prompt. Default 1. */
  readonly repetitions?: number
  /** Calls under way at the same time. Default 4. */
  readonly concurrency?: number
  /** Fields of every chat body, under those of the prompts: `{ temperature: 0, max_completion_tokens: 500 }`. */
  readonly params?: Readonly<Record<string, unknown>>
  /** What answers are checked for, by name. */
  readonly validators?: Readonly<Record<string, Validator>>
  /** A model that compares the answers two by two, each pair in both orders. Default: nobody judges. */
  readonly judge?: string | JudgeOptions
  /**
   * The most that may be spent, in dollars, the judge and earlier runs in the same journal included. No call is made that might
   * pass it at its longest answer. Targets without a known price cannot be called then.
   */
  readonly maxUsd?: number
  /**
   * A file that each result is written to before the next call is made: a run with the same file, prompts and targets goes on where the last one
   * ended, and pays for nothing twice. It holds the answers. Made where it is not there.
   */
  readonly resume?: string
  /** Default `comparison`. */
  readonly name?: string
  /** Whether the report keeps prompts and answers. Default false. */
  readonly content?: boolean
  /** Of the order of the calls, and of the intervals. Default 1. */
  readonly seed?: number
  /** Called after every call; what it throws is ignored. */
  readonly onProgress?: (progress: CompareProgress) => void
  /** Ends the comparison: calls under way are aborted, and the report is made of what is there. */
  readonly signal?: AbortSignal
}

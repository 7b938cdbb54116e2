import type { Wishes } from './routing.ts'

/** One SDK call, read off its options. Whoever makes it has seen to it that its service key holds. */
export interface Call extends Wishes {
  readonly body: unknown
  readonly signal: AbortSignal | null | undefined
  readonly timeout: number
  readonly maxRetries: number
  readonly defaultHeaders: unknown
  readonly headers: unknown
  /** Whether it comes from `stream()` or `runTools()`. */
  readonly isHelper: boolean
}

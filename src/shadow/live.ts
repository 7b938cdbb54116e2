import type { AsideResult } from '../aside.ts'
import type { ChatRequest } from '../contracts/chat.ts'

/** A request that was served, and how. */
export interface Live {
  readonly requestId: string
  readonly agent: string | undefined
  readonly tenant: string | undefined
  readonly request: ChatRequest
  /** `provider/model` */
  readonly target: string
  readonly result: AsideResult
}

/** Who is shown the live traffic. */
export interface Audience {
  /** Whether to show this request, once it is served. */
  draws(): boolean
  /** The caller has its answer. Returns at once. */
  show(live: Live): void
}

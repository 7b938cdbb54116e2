import type { Access } from './access.ts'
import type { Aside } from './aside.ts'
import type { BreakerPanel } from './breaker-panel.ts'
import type { BudgetPanel } from './budget-panel.ts'
import type { Comparison } from './compare/comparison.ts'
import type { CompareOptions } from './compare/options.ts'
import type { Dispatcher } from './dispatch.ts'
import type { Health } from './health.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { RoutingOptions } from './options.ts'
import type { ReplayOptions } from './replay/options.ts'
import type { ReplayRecords } from './replay/read.ts'
import type { ReplayReport } from './replay/report.ts'
import type { ShadowPanel } from './shadow/shadow.ts'
import type { VerifyOptions } from './verify/run.ts'
import type { Verification } from './verify/verification.ts'

/** What every client of one router shares. */
export interface Core {
  readonly dispatcher: Dispatcher
  readonly ledger: Ledger
  readonly budgets: BudgetPanel
  readonly breakers: BreakerPanel
  readonly fastPath: boolean
  /** What the service key is for whose client this is; absent of all other clients. */
  readonly access?: Access
  /**
   * What `with()` makes of a view's options.
   *
   * @throws ModelyardError, PermissionDeniedError for what it may not be given.
   */
  readonly routingOver: (before: RoutingOptions, routing: RoutingOptions) => RoutingOptions
  /** The core of the client of a service key. */
  readonly forServiceKey: (key: unknown) => Promise<KeyCore>
  /** The error behind an error response of that `fetch`. */
  readonly errorBehind: (headers: Headers | undefined) => Error | undefined
  /** What was read from a response of that `fetch`, with the response's route. */
  readonly routed: <Value>(value: Value, props: { readonly response: Response }) => Value
  /** Answers what the OpenAI client would send over the network. */
  readonly fetch: (url: string | URL | Request, init?: RequestInit) => Promise<Response>
  /** Of an agent's calls, or of those of none. */
  readonly shadow: (agent: string | undefined) => ShadowPanel | undefined
  readonly compare: (options: CompareOptions, view: View) => Promise<Comparison>
  readonly replay: (records: ReplayRecords, options: ReplayOptions) => Promise<ReplayReport>
  readonly verify: (options: VerifyOptions, view: View) => Promise<Verification>
  readonly health: () => Health
  readonly flush: () => Promise<number>
  readonly close: () => Promise<number>
}

/** What the clients of one service key share. */
export interface KeyCore extends Core {
  readonly access: Access
}

/** What one view of a router adds to the calls that it makes by itself. */
export type View = Pick<Aside, 'routing' | 'timeout' | 'defaultHeaders'>

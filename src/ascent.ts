import type { StreamAccounts } from './accounts.ts'
import { assembled } from './assembled.ts'
import type { ChatCompletion, ChatCompletionChunk } from './contracts/chat.ts'
import type { Escalate } from './escalation-options.ts'
import { Escalation } from './escalation.ts'
import type { Journey } from './journey.ts'

/** The way up of a stream that is held back until its end. */
export type StreamEscalation = Escalation<readonly ChatCompletionChunk[]>

/** What a stream is delivered with. */
export interface Supplies {
  readonly accounts: StreamAccounts
  /** Looks at a whole answer before it is handed over; absent where nobody does. */
  readonly escalation: StreamEscalation | undefined
}

/** The way up of a whole answer; none where the caller has not asked for one. */
export function wholeEscalation(journey: Journey, rule: Escalate | undefined): Escalation<ChatCompletion> | undefined {
  return rule === undefined ? undefined : new Escalation(journey, rule, (completion) => completion)
}

/** The way up of a streamed answer; none where it is handed over as it comes. */
export function streamEscalation(journey: Journey, rule: Escalate | undefined): StreamEscalation | undefined {
  return rule?.buffers === true ? new Escalation(journey, rule, assembled) : undefined
}

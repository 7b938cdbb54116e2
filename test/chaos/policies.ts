import { StreamInterruptedError } from '../../src/index.ts'
import type { RoutingOptions } from '../../src/index.ts'
import { numberOf, questionOf } from './caller.ts'
import type { Heard } from './caller.ts'

/** What may become of a stream that breaks after its first content, and what callers may then hear. */
export interface Policy {
  readonly name: string
  readonly routing: RoutingOptions
  /** What is wrong with what a caller has heard; `undefined` where nothing is. */
  readonly judge: (heard: Heard, answers: Answers) => string | undefined
}

/** What the targets of a call's chain say when nothing is wrong, and what breaks off of that. */
export interface Answers {
  /** Whether a text is all that one of them had to say. */
  isWhole(text: string): boolean
  /** Whether a text is the beginning of what one of them had to say. */
  isBeginning(text: string): boolean
  /** Whether a text is made of beginnings, one behind the other; `closed`: the last of them is a whole answer. */
  isJoined(text: string, closed: boolean): boolean
}

/** One of these is drawn for every run. */
export const policies: readonly Policy[] = [
  { name: 'fail', routing: { afterCommit: 'fail' }, judge: wholeOrInterrupted },
  { name: 'buffer', routing: { afterCommit: 'buffer' }, judge: wholeOrNothing },
  { name: 'restart', routing: { afterCommit: 'restart' }, judge: restarted },
  { name: 'continue', routing: { afterCommit: { continueWith } }, judge: continued },
  { name: 'hedge', routing: { hedge: { afterMs: 300, maxCostUsd: 100 } }, judge: wholeOrInterrupted },
]

/** The question once more, what has been said to it, and a request that any target takes. */
function continueWith({ messages, text }: { readonly messages: readonly object[]; readonly text: string }) {
  const question = questionOf(numberOf(JSON.stringify(messages)))
  return [
    { role: 'user' as const, content: question },
    { role: 'assistant' as const, content: text },
    { role: 'user' as const, content: `${question} Go on.` },
  ]
}

/** A whole answer of one vendor, or an error that has as much of one as was read. */
function wholeOrInterrupted(heard: Heard, answers: Answers): string | undefined {
  const { text, finish } = heard
  if (!answers.isBeginning(text)) return 'the text is not that of one vendor'
  if (finish !== undefined && !answers.isWhole(text)) return 'a part of an answer is passed off as all of it'
  return ended(heard)
}

/** Of an answer that failed nothing is seen. */
function wholeOrNothing(heard: Heard, answers: Answers): string | undefined {
  return heard.error !== undefined && heard.text !== '' ? 'a part of an answer was handed over' : wholeOrInterrupted(heard, answers)
}

/** What was void was the beginning of something, and what follows stands for itself. */
function restarted(heard: Heard, answers: Answers): string | undefined {
  if (!heard.voided.every((text) => text !== '' && answers.isBeginning(text))) return 'what is void is not the text of one vendor'
  return wholeOrInterrupted(heard, answers)
}

/** The text of several vendors, in the order in which they were asked; the last one's is whole. */
function continued(heard: Heard, answers: Answers): string | undefined {
  const { text, finish } = heard
  if (!answers.isJoined(text, false)) return 'the text is not what vendors said one behind the other'
  if (finish !== undefined && !answers.isJoined(text, true)) return 'a part of an answer is passed off as all of it'
  return ended(heard)
}

/** There is exactly one of answer and error; an error behind content says how much of it there was. */
function ended({ text, finish, error, left }: Heard): string | undefined {
  if (finish !== undefined) return error === undefined ? undefined : 'there is an answer and an error'
  if (error === undefined) return left ? undefined : 'there is neither an answer nor an error'
  if (text === '' || left) return undefined
  if (!(error instanceof StreamInterruptedError)) return 'content came, and the error is no StreamInterruptedError'
  return error.partialText === text ? undefined : 'partialText is not what was read'
}

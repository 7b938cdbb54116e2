import type { Evidence, Graded, Judged } from './evidence.ts'
import { isAnswered } from './evidence.ts'
import type { FlagCode, FlaggedRow } from './report.ts'

/** What each answer and each verdict has to be looked at for. */
export function* flagsOf(evidence: Evidence): Generator<FlaggedRow> {
  for (const result of evidence.results) {
    const target = evidence.targets[result.target] ?? ''
    const place = { target, prompt: result.prompt, repetition: result.repetition }
    for (const { code, message } of isAnswered(result) ? answerFlags(result) : failureFlags(result))
      yield { code, message, ...place }
    if (result.served !== null && !evidence.unpinned.includes(result.target) && !isNameOf(result.served, target))
      yield { code: 'other_model', message: `The vendor says that ${result.served} has answered.`, ...place }
    for (const name of result.unscored)
      yield {
        code: 'validator_failed',
        message: `The validator ${name} threw, or gave neither true, false nor a number from 0 to 1.`,
        ...place,
      }
  }
  for (const verdict of evidence.verdicts ?? []) if (verdict.verdict === undefined) yield judgeFlag(verdict, evidence)
}

interface Flag {
  readonly code: FlagCode
  readonly message: string
}

function* failureFlags({ failure, status, isCharged, cost }: Graded): Generator<Flag> {
  yield { code: 'failed', message: `The call failed: ${failure}${status === null ? '' : ` (status ${status})`}.` }
  if (isCharged && cost === null) yield unpriced
}

const unpriced: Flag = {
  code: 'unpriced',
  message: 'What the call cost is not known: the model has no price, or the vendor counted nothing.',
}

function* answerFlags({ answer, cost, usage, usageSource, finish }: Graded): Generator<Flag> {
  if (usage === null || usageSource === 'implausible')
    yield {
      code: 'unknown_usage',
      message: usage === null ? 'The vendor counted no tokens.' : "The vendor's count of tokens cannot be right.",
    }
  else if (usageSource === 'estimated')
    yield { code: 'estimated_usage', message: 'The vendor counted no tokens; they are estimated by the length of the texts.' }
  if (cost === null) yield unpriced
  if (answer === '') yield { code: 'empty_answer', message: 'The answer has no text and calls no tool.' }
  if (finish === 'length') yield { code: 'cut_answer', message: 'The answer stops at its length limit.' }
}

/** A version of a model under the name of the model, or the other way round: a date, a number of three digits, `latest`, `preview`. */
const version = /^[-@:](?:v\d|\d{3}|latest|preview)/

/** Whether a vendor's name for what has answered is one of the model that was asked. */
function isNameOf(served: string, target: string): boolean {
  const [asked, told] = [target, served].map((name) => name.slice(name.lastIndexOf('/') + 1))
  if (asked === undefined || told === undefined || asked === told) return true
  if (told.startsWith(asked)) return version.test(told.slice(asked.length))
  return asked.startsWith(told) && version.test(asked.slice(told.length))
}

function judgeFlag({ first, second, prompt, repetition }: Judged, { targets }: Evidence): FlaggedRow {
  const message = `The judge failed, or gave no verdict that can be read, on ${targets[first]} and ${targets[second]}.`
  return { code: 'judge_failed', message, target: null, prompt, repetition }
}

import type { AuditRecord } from 'modelyard'
import { grouped } from './grouped.ts'
import type { Call, OutageLog } from './run.ts'
import type { Outage } from './vendors.ts'
import { count, heading, indented, paint, time } from './table.ts'

/** What the timeline is made of. */
export interface Incident {
  readonly records: readonly AuditRecord[]
  readonly calls: readonly Call[]
  /** When the first call was made, in milliseconds since 1970. */
  readonly startedAt: number
  readonly outage: Outage | undefined
  readonly outageLog: OutageLog
}

interface Line {
  readonly at: number
  /** Within one millisecond: the failure before what the breaker makes of it. */
  readonly rank: number
  readonly text: string
}

/** What failed, what the breakers did, and where the requests went instead: read from the audit trail alone. */
export function timeline({ records, calls, startedAt, outage, outageLog }: Incident): string {
  const marks = outage === undefined ? [] : outageMarks(outage, outageLog)
  const lines = [...marks, ...records.flatMap(lineOf)].toSorted((one, other) => one.at - other.at || one.rank - other.rank)
  const shown = lines.map(({ at, text }) => `${paint('dim', `+${time(Math.max(0, at - startedAt))}`.padEnd(9))} ${text}`)
  return [
    heading('Failover, from the audit trail'),
    indented(shown.length === 0 ? ['nothing failed'] : shown),
    ...switches(records),
    callers(calls),
  ].join('\n')
}

function outageMarks({ vendor }: Outage, { beganAt, endedAt }: OutageLog): readonly Line[] {
  return [
    { at: beganAt, text: paint('red', `${vendor} goes down (simulated)`) },
    { at: endedAt, text: paint('green', `${vendor} is healthy again (simulated)`) },
  ].flatMap(({ at, text }) => (at === undefined ? [] : [{ at, rank: 0, text }]))
}

function lineOf({ at, event }: AuditRecord): readonly Line[] {
  const text = textOf(event)
  return text === undefined ? [] : [{ at: Date.parse(at), rank: event.type === 'attempt.failed' ? 1 : 2, text }]
}

function textOf(event: AuditRecord['event']): string | undefined {
  switch (event.type) {
    case 'attempt.failed':
      return row('attempt failed', event.target, `${event.kind}${event.status === undefined ? '' : ` (${event.status})`}`)
    case 'breaker.opened':
      return paint('red', row('breaker opened', event.target, event.reason))
    case 'breaker.half_opened':
      return paint('yellow', row('breaker half-open', event.target, 'one request tests it'))
    case 'breaker.closed':
      return paint('green', row('breaker closed', event.target, event.reason))
    case 'stream.interrupted':
      return paint('red', row('stream interrupted', event.target, event.kind))
    default:
      return undefined
  }
}

function row(what: string, target: string, why: string): string {
  return `${what.padEnd(18)}  ${target.padEnd(28)}  ${why}`
}

/** `route.switched` summed up: from where to where, how often and why. */
function switches(records: readonly AuditRecord[]): readonly string[] {
  const switched = records.flatMap(({ event }) => (event.type === 'route.switched' ? [event] : []))
  const ways = grouped(switched, ({ from, to }) => `${from} -> ${to}`)
  return [...ways].map(([way, events]) => {
    const reasons = [...grouped(events, ({ reason }) => reason)].map(([reason, all]) => `${all.length} ${reason}`)
    return `  switched  ${count(events.length).padStart(3)} × ${way}  (${reasons.join(', ')})`
  })
}

/** The outcome that counts: what the callers noticed. */
function callers(calls: readonly Call[]): string {
  const failed = calls.filter(({ error }) => error !== undefined)
  const moved = calls.filter(({ route }) => route !== undefined && route.failed.length > 0)
  const slowest = Math.max(
    0,
    ...moved.map(({ route }) => (route?.failed ?? []).reduce((sum, { durationMs }) => sum + durationMs, 0)),
  )
  const verdict = `  callers   ${calls.length - failed.length} of ${calls.length} calls answered, ${failed.length} failed`
  const details = moved.length === 0 ? '' : `; ${moved.length} lost at most ${time(slowest)} to a failed attempt`
  return [
    paint(failed.length === 0 ? 'green' : 'red', verdict + details),
    ...failed.map(({ title, error }) => `            ${title}: ${describe(error)}`),
  ].join('\n')
}

/** Class and code of an error; its message may quote the vendor. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is no Error'
  const code: unknown = Reflect.get(error, 'code')
  return `${error.constructor.name}${typeof code === 'string' ? ` (${code})` : ''}: ${error.message.slice(0, 120)}`
}

import type { AuditRecord } from 'modelyard'
import type { Call, OutageLog } from './run.ts'
import type { Outage } from './vendors.ts'
import { count, heading, paint, time, wrapped } from './table.ts'

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
  /** Orders what happened within one millisecond. */
  readonly seq: number
  /** Whom it is about; nobody in particular for what the demo itself did. */
  readonly target?: string
  readonly text: string
  readonly style?: 'red' | 'yellow' | 'green'
}

/** What failed, where the request went instead, and what the breakers did: read from the audit trail alone. */
export function timeline({ records, calls, startedAt, outage, outageLog }: Incident): string {
  const marks = outage === undefined ? [] : outageMarks(outage, outageLog)
  const lines = [...marks, ...records.flatMap((record) => lineOf(record, records))]
  const width = Math.max(0, ...lines.map(({ target = '' }) => target.length))
  const shown = lines
    .toSorted((one, other) => one.at - other.at || one.seq - other.seq)
    .map((line) => shownOf(line, { startedAt, width }))
  return [
    heading('Failover, from the audit trail: what failed -> who took over'),
    ...(shown.length === 0 ? ['  nothing failed'] : shown),
    ...switches(records),
    callers(calls),
  ].join('\n')
}

function shownOf({ at, target, text, style }: Line, { startedAt, width }: { readonly startedAt: number; readonly width: number }) {
  const moment = `+${time(Math.max(0, at - startedAt))}`.padEnd(9)
  const what = target === undefined ? text : `${target.padEnd(width)}  ${text}`
  const line = wrapped(what, 12, 14).trimStart()
  return `  ${paint('dim', moment)} ${style === undefined ? line : paint(style, line)}`
}

function outageMarks({ vendor }: Outage, { beganAt, endedAt }: OutageLog): readonly Line[] {
  const marks = [
    { at: beganAt, text: `${vendor} goes down (simulated)`, style: 'red' as const },
    { at: endedAt, text: `${vendor} is healthy again (simulated)`, style: 'green' as const },
  ]
  return marks.flatMap(({ at, ...mark }) => (at === undefined ? [] : [{ at, seq: 0, ...mark }]))
}

function lineOf(record: AuditRecord, records: readonly AuditRecord[]): readonly Line[] {
  const { at, seq, event } = record
  const told = telling(event)
  if (told === undefined) return []
  const next =
    event.type === 'attempt.failed' || event.type === 'target.skipped' ? nextTarget(record, event.target, records) : undefined
  return [{ at: Date.parse(at), seq, ...told, text: next === undefined ? told.text : `${told.text} -> ${next}` }]
}

/** Where the request went when it left the target; nowhere if it was tried again or given up. */
function nextTarget({ requestId, seq }: AuditRecord, target: string, records: readonly AuditRecord[]): string | undefined {
  const switched = records
    .filter((later) => later.requestId === requestId && later.seq > seq)
    .map(({ event }) => event)
    .find((event) => event.type === 'attempt.started' || event.type === 'route.switched')
  return switched?.type === 'route.switched' && switched.from === target ? switched.to : undefined
}

function telling(event: AuditRecord['event']): Pick<Line, 'target' | 'text' | 'style'> | undefined {
  switch (event.type) {
    case 'attempt.failed':
      return { target: event.target, text: `${event.kind}${event.status === undefined ? '' : ` (${event.status})`}` }
    case 'target.skipped':
      return { target: event.target, text: event.reason }
    case 'breaker.opened':
      return { target: event.target, text: `breaker opened: ${event.reason}`, style: 'red' }
    case 'breaker.half_opened':
      return { target: event.target, text: 'breaker half-open: one request tests it', style: 'yellow' }
    case 'breaker.closed':
      return { target: event.target, text: `breaker closed: ${event.reason}`, style: 'green' }
    case 'stream.interrupted':
      return { target: event.target, text: `stream interrupted: ${event.kind}`, style: 'red' }
    default:
      return undefined
  }
}

/** `route.switched` summed up: from where to where, how often and why. */
function switches(records: readonly AuditRecord[]): readonly string[] {
  const switched = records.flatMap(({ event }) => (event.type === 'route.switched' ? [event] : []))
  const ways = Map.groupBy(switched, ({ from, to }) => `${from} -> ${to}`)
  return [...ways].map(([way, events]) => {
    const reasons = [...Map.groupBy(events, ({ reason }) => reason)].map(([reason, all]) => `${reason}: ${all.length}`)
    return wrapped(`switched  ${count(events.length).padStart(3)} × ${way} (${reasons.join(', ')})`, 2, 18)
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
  const verdict = `callers   ${calls.length - failed.length} of ${calls.length} calls answered, ${failed.length} failed`
  const details = moved.length === 0 ? '' : `; ${moved.length} lost at most ${time(slowest)} to a failed attempt`
  return [
    paint(failed.length === 0 ? 'green' : 'red', wrapped(verdict + details, 2, 12)),
    ...failed.map(({ title, error }) => wrapped(`${title}: ${describe(error)}`, 12, 14)),
  ].join('\n')
}

/** Class and code of an error; its message may quote the vendor. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is no Error'
  const code: unknown = Reflect.get(error, 'code')
  return `${error.constructor.name}${typeof code === 'string' ? ` (${code})` : ''}: ${error.message.slice(0, 120)}`
}

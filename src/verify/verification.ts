import type { Finding, Severity } from './finding.ts'
import type { Probe } from './live.ts'

/** What `client.verify()` says of a configuration: plain data, and a text for people. */
export interface Verification {
  /** Whether there is no error. */
  readonly ok: boolean
  /** Errors first, then warnings, then notes. */
  readonly findings: readonly Finding[]
  readonly errors: readonly Finding[]
  readonly warnings: readonly Finding[]
  readonly notes: readonly Finding[]
  /** One entry a target, with `live` only. */
  readonly probes?: readonly Probe[]
  /** A few lines for people. */
  readonly toString: () => string
  readonly toJSON: () => Pick<Verification, 'ok' | 'findings' | 'probes'>
}

const order: readonly Severity[] = ['error', 'warning', 'note']

/** Puts findings together. */
export function verificationOf(found: readonly Finding[], probes?: readonly Probe[]): Verification {
  const [errors = [], warnings = [], notes = []] = order.map((severity) => found.filter((each) => each.severity === severity))
  const findings = [...errors, ...warnings, ...notes]
  const ok = errors.length === 0
  const told = { ok, findings, ...(probes !== undefined && { probes }) }
  return Object.freeze({
    ...told,
    errors,
    warnings,
    notes,
    toString: () => textOf({ ...told, errors, warnings, notes }),
    toJSON: () => told,
  })
}

function textOf({ findings, errors, warnings, notes, probes = [] }: Omit<Verification, 'toString' | 'toJSON'>): string {
  const summary = [
    [errors, 'error'],
    [warnings, 'warning'],
    [notes, 'note'],
  ] as const
  const head = summary.map(([list, word]) => `${list.length} ${word}${list.length === 1 ? '' : 's'}`).join(', ')
  const lines = findings.map(
    ({ severity, code, where, message, fix }) => `${severity.padEnd(7)}  ${where}: ${message} (${code})\n         ${fix}`,
  )
  const probed = probes.map(({ target, ok, latencyMs, failure, status }) => {
    const outcome = ok ? 'ok' : [failure ?? 'failed', status ?? ''].join(' ').trimEnd()
    return `probe    ${target}: ${outcome}${latencyMs === null ? '' : `, ${Math.round(latencyMs)} ms`}`
  })
  return [head, ...lines, ...probed].join('\n')
}

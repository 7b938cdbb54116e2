import type { Attempt } from './attempt.ts'
import type { AuditEvent } from './contracts/audit.ts'
import type { Failure } from './contracts/failure.ts'
import type { Account } from './runtime.ts'

type Failed = Extract<AuditEvent, { type: 'attempt.failed' }>
type Succeeded = Extract<AuditEvent, { type: 'attempt.succeeded' }>

/** A failed attempt as the trail has it: neither the vendor's message nor its body. */
export function failedEvent(
  { number, target }: Attempt,
  failure: Failure,
  ending: Pick<Failed, 'durationMs'> & { readonly account: Account },
): Failed {
  const { kind, status, code, requestId } = failure
  return {
    type: 'attempt.failed',
    attempt: number,
    target: target.id,
    durationMs: ending.durationMs,
    kind,
    ...(status !== undefined && { status }),
    ...(typeof code === 'string' && { code }),
    severity: kind === 'auth' ? 'high' : 'normal',
    ...audited(ending.account),
    ...(typeof requestId === 'string' && { vendorRequestId: requestId }),
  }
}

/** The attempt that served a request as the trail has it. */
export function succeededEvent(
  { number, target, headers }: Attempt,
  {
    account,
    durationMs,
    servedModel,
    firstTokenMs,
  }: Pick<Succeeded, 'durationMs' | 'servedModel'> & {
    readonly account: Account
    readonly firstTokenMs: number | undefined
  },
): Succeeded {
  const vendorRequestId = headers?.requestId
  return {
    type: 'attempt.succeeded',
    attempt: number,
    target: target.id,
    durationMs,
    servedModel,
    ...audited(account),
    ...(firstTokenMs !== undefined && { firstTokenMs }),
    ...(typeof vendorRequestId === 'string' && { vendorRequestId }),
  }
}

function audited({ usage, source, cost }: Account): Pick<Failed, 'usage' | 'usageSource' | 'costUsd' | 'priceSnapshot'> {
  return { usage, usageSource: source, costUsd: cost?.usd ?? null, priceSnapshot: cost?.snapshot ?? null }
}

import { picoOf } from '../money.ts'
import { fieldsOf, numberIn, textIn, usageIn } from './fields.ts'
import type { Fields } from './fields.ts'
import type { RecordedAttempt } from './recorded.ts'

/** As the trail has it. */
export function attemptIn(event: Fields): RecordedAttempt {
  const left = event['kind'] === 'aborted' || event['kind'] === 'outrun'
  const outcome = event['type'] === 'attempt.succeeded' ? 'success' : left ? 'cancelled' : 'failure'
  const usd = event['costUsd']
  const cost = usd === null || usd === undefined ? null : { picoUsd: picoOf(numberIn(event, 'costUsd')) }
  return attemptOf(textIn(event, 'target'), outcome, { ...event, cost: cost && { ...cost, snapshot: event['priceSnapshot'] } })
}

/** Of a ledger entry. */
export function outcomeIn(entry: Fields): RecordedAttempt['outcome'] {
  const outcome = textIn(entry, 'outcome')
  if (outcome !== 'success' && outcome !== 'failure' && outcome !== 'cancelled') throw new TypeError('outcome is none')
  return outcome
}

/** With what both have. */
export function attemptOf(target: string, outcome: RecordedAttempt['outcome'], record: Fields): RecordedAttempt {
  const { cost } = record
  const priced = cost === null || cost === undefined ? undefined : fieldsOf(cost, 'cost')
  return {
    target,
    outcome,
    usage: usageIn(record, 'usage'),
    picoUsd: priced === undefined ? null : picoIn(priced),
    isBilled: priced?.['snapshot'] === 'vendor bill',
  }
}

/** A whole number, in whatever form it went through JSON. */
function picoIn(cost: Fields): bigint {
  const { picoUsd } = cost
  if (typeof picoUsd === 'bigint') return picoUsd
  if (typeof picoUsd === 'string' && /^\d+$/.test(picoUsd)) return BigInt(picoUsd)
  if (typeof picoUsd === 'number' && Number.isSafeInteger(picoUsd)) return BigInt(picoUsd)
  throw new TypeError('cost.picoUsd is no whole number')
}

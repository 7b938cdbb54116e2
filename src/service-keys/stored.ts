import { budget } from '../contracts/check-budget.ts'
import type { Check, Fields } from '../contracts/check-shape.ts'
import { listOf, shape, text, wrong } from '../contracts/check-shape.ts'
import type { StoredServiceKey } from '../contracts/service-keys.ts'

const orNull =
  (check: Check): Check =>
  (value) =>
    value === null ? undefined : check(value)
const label: Check = (value) => (typeof value === 'string' ? undefined : wrong('a text', value))

const fields: Fields<StoredServiceKey> = {
  id: { check: text },
  agent: { check: text },
  models: { check: orNull(listOf(text)) },
  budget: { check: orNull(budget) },
  label: { check: orNull(label) },
  createdAt: { check: text },
  expiresAt: { check: orNull(text) },
  revokedAt: { check: orNull(text) },
  salt: { check: text },
  digest: { check: text },
}
const check = shape(fields)

/** Whether what was read is a service key as it is stored. */
export function isStored(value: unknown): value is StoredServiceKey {
  return check(value) === undefined
}

import { budget } from '../contracts/check-budget.ts'
import type { Check, Fields } from '../contracts/check-shape.ts'
import { listOf, optional, shape, text, wrong } from '../contracts/check-shape.ts'
import type { ServiceKeyOptions } from '../contracts/service-keys.ts'
import { ModelyardError } from '../errors.ts'

const pattern: Check = (value) =>
  typeof value === 'string' && /^[!-~]{1,200}$/.test(value)
    ? undefined
    : wrong('a model such as provider/model or provider/*, of 1 to 200 printable characters', value)

const models: Check = (value) =>
  Array.isArray(value) && value.length === 0
    ? wrong('a list of models, or left out for all of them', value)
    : listOf(pattern)(value)

const label: Check = (value) =>
  typeof value === 'string' && /^[^\p{Cc}\p{Cs}]{0,200}$/u.test(value)
    ? undefined
    : wrong('a text of at most 200 characters, on one line', value)

const date: Check = (value) => (value instanceof Date && !Number.isNaN(value.getTime()) ? undefined : wrong('a Date', value))

const fields: Fields<ServiceKeyOptions> = {
  agent: { check: text },
  models: optional(models),
  budget: optional(budget),
  expiresAt: optional(date),
  label: optional(label),
}

/** @throws ModelyardError `BAD_OPTION` with the field. */
export function checkServiceKey(options: ServiceKeyOptions, now: number): void {
  const fault = shape(fields)(options)
  if (fault !== undefined) throw bad(fault.path.replace(/^\./, ''), fault.problem)
  if (options.expiresAt !== undefined && options.expiresAt.getTime() <= now) throw bad('expiresAt', 'must be in the future')
}

function bad(field: string, problem: string): ModelyardError {
  const shown = field === '' ? 'the options' : field
  return new ModelyardError('BAD_OPTION', `serviceKeys.create(): ${shown} ${problem}`, { field })
}

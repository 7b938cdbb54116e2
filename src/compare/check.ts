import * as z from 'zod/mini'
import { checkShape } from '../check-options.ts'
import { ModelyardError } from '../errors.ts'
import type { ModelNames, Target } from '../resolve.ts'
import type { CompareOptions } from './options.ts'

/** @throws ModelyardError `BAD_OPTION` naming the field, what came, and what is expected. */
export function checkCompareOptions(options: CompareOptions): void {
  const text = z.string().check(z.minLength(1))
  const fields = z.record(z.string(), z.unknown())
  const isFunction = z.custom((value) => typeof value === 'function')
  const judge = z.strictObject({ model: text, criteria: z.optional(text), params: z.optional(fields) })
  const schema = z.strictObject({
    prompts: z.union([text, z.array(z.unknown())]),
    targets: z.array(text).check(z.minLength(1)),
    repetitions: z.optional(z.int().check(z.positive())),
    concurrency: z.optional(z.int().check(z.positive())),
    params: z.optional(fields),
    validators: z.optional(z.record(text, validator())),
    judge: z.optional(z.union([text, judge])),
    maxUsd: z.optional(z.number().check(z.positive(), z.maximum(1e9))),
    resume: z.optional(text),
    name: z.optional(text),
    content: z.optional(z.boolean()),
    seed: z.optional(z.int().check(z.nonnegative(), z.maximum(2 ** 32 - 1))),
    onProgress: z.optional(isFunction),
    signal: z.optional(z.custom((value) => value instanceof AbortSignal)),
  })
  checkShape(schema, options, 'compare')
}

/** The shape of a validator, for comparisons and for shadow traffic. */
export function validator(): z.ZodMiniType {
  const text = z.string().check(z.minLength(1))
  return z.union([
    z.custom((value) => typeof value === 'function' || value instanceof RegExp || value === 'expected'),
    z.strictObject({ contains: z.union([text, z.array(text).check(z.minLength(1))]) }),
    z.strictObject({ jsonSchema: z.custom((value) => typeof value === 'object' && value !== null) }),
  ])
}

/**
 * The one target that each of the names stands for.
 *
 * @throws NotFoundError where one names nothing that is served; ModelyardError `BAD_OPTION` where one is a choice among several
 * models, or two name the same.
 */
export function targetsNamed(
  targetNames: readonly string[],
  names: ModelNames,
  option: { readonly where: string; readonly field: string },
): readonly Target[] {
  const seen = new Map<string, string>()
  return targetNames.map((name, index) => {
    const field = `${option.field}[${index}]`
    const target = targetNamed(name, names, { where: option.where, field })
    const before = seen.get(target.id)
    if (before !== undefined) throw bad(option.where, field, `is ${target.id}, and so is ${before}; name each target once`)
    seen.set(target.id, field)
    return target
  })
}

/** The one target that a model string stands for. */
export function targetNamed(
  name: string,
  names: ModelNames,
  { where, field }: { readonly where: string; readonly field: string },
): Target {
  const resolution = name.startsWith('agent:') ? undefined : names.resolve(name)
  const targets = resolution?.kind === 'targets' ? resolution.targets : []
  const [target] = targets
  if (target !== undefined && targets.length === 1) return target
  const choices =
    targets.length === 0
      ? ''
      : `: ${targets
          .slice(0, 5)
          .map(({ id }) => id)
          .join(', ')}`
  throw bad(where, field, `${JSON.stringify(name)} stands for a choice among models${choices}; name one`)
}

export function bad(where: string, field: string, problem: string): ModelyardError {
  return new ModelyardError('BAD_OPTION', `${where}(): ${field} ${problem}`, { field })
}

import * as z from 'zod/mini'
import { checkShape } from '../check-options.ts'
import type { CompareOptions } from './options.ts'
import { validator } from './validator-shape.ts'

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

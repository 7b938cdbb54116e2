import type { Validate } from '../json-check/validator.ts'
import { loadValidator } from '../json-check/validator.ts'
import { saysTheSame } from './likeness.ts'
import type { ComparedPrompt } from './prompts.ts'

/** True or false, or a score from 0 to 1. */
export type Score = boolean | number

/**
 * Judges one answer: a function; a regular expression that must match; text that must occur, or several (letter case counts);
 * a JSON schema that the whole answer must keep; `'expected'`: the prompt's own `expected`, letter case, punctuation and space
 * aside. A prompt without `expected` is not judged by that.
 */
export type Validator =
  | ((answer: string, prompt: ComparedPrompt) => Score | Promise<Score>)
  | RegExp
  | { readonly contains: string | readonly string[] }
  | { readonly jsonSchema: object }
  | 'expected'

/** A validator ready for use: the score, nothing where it does not apply. Throws where it has none. */
interface Check {
  readonly name: string
  readonly scoreOf: (answer: string, prompt: ComparedPrompt) => Score | undefined | Promise<Score | undefined>
}

/** What the validators say of an answer. */
export interface Scores {
  /** By name, 0 to 1; one that does not apply or that failed is absent. */
  readonly scores: Readonly<Record<string, number>>
  /** The names of those that threw, or gave no score. */
  readonly failed: readonly string[]
}

/** All validators of a comparison. */
export class Validators {
  readonly names: readonly string[]
  readonly #checks: readonly Check[]

  constructor(validators: Readonly<Record<string, Validator>>) {
    this.#checks = Object.entries(validators).map(([name, validator]) => ({ name, scoreOf: checkOf(validator) }))
    this.names = this.#checks.map(({ name }) => name)
  }

  async judge(answer: string, prompt: ComparedPrompt): Promise<Scores> {
    const scores: Record<string, number> = {}
    const failed: string[] = []
    for (const { name, scoreOf } of this.#checks) {
      try {
        const score = await scoreOf(answer, prompt)
        if (score === undefined) continue
        const number = Number(score)
        if ((typeof score === 'boolean' || typeof score === 'number') && number >= 0 && number <= 1) scores[name] = number
        else failed.push(name)
      } catch {
        failed.push(name)
      }
    }
    return { scores, failed }
  }
}

function checkOf(validator: Validator): Check['scoreOf'] {
  if (typeof validator === 'function') return validator
  if (validator === 'expected')
    return (answer, { expected }) => (expected === undefined ? undefined : saysTheSame(answer, expected))
  if (validator instanceof RegExp) {
    // One that remembers where it left off would judge the next answer from there.
    const stateless = new RegExp(validator.source, validator.flags.replaceAll(/[gy]/g, ''))
    return (answer) => stateless.test(answer)
  }
  if ('contains' in validator) {
    const texts = typeof validator.contains === 'string' ? [validator.contains] : validator.contains
    return (answer) => texts.every((text) => answer.includes(text))
  }
  return schemaCheck(validator.jsonSchema)
}

function schemaCheck(schema: object): Check['scoreOf'] {
  let loading: Promise<Validate> | undefined
  return async (answer) => {
    loading ??= loadValidator()
    const validate = await loading
    try {
      return validate(JSON.parse(answer), schema) === undefined
    } catch {
      return false
    }
  }
}

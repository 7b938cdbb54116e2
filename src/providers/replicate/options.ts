import { ModelyardError } from '../../errors.ts'
import { isObject } from '../shared/json.ts'
import { checkMedia, type MediaLimitsOption } from '../shared/media/options.ts'
import { anObject, checkOptions, type AdapterOptions, type OptionCheck } from '../shared/options.ts'
import { conversationStyles, settingNames, type ModelInputs } from './inputs.ts'
import type { ReplicateClient } from './sdk.ts'

/** Options of `replicate()`. */
export interface Options extends AdapterOptions<ReplicateClient>, MediaLimitsOption {
  /**
   * How long the vendor may hold back its response to a request without `stream` until the answer is in it, in whole
   * seconds, 1 to 60. What takes longer is looked at every `pollMs`. As long as it is held back a prediction has no id here,
   * so that an abort cannot cancel it. Default: 60.
   */
  readonly waitSeconds?: number | undefined
  /** Time between two looks at a prediction that is still running, in ms, 1 to 60,000. Default: 500. */
  readonly pollMs?: number | undefined
  /**
   * The inputs of models that are not known, or known wrongly: by name (`owner/name`, `deployments/owner/name`), or for one
   * version alone (`owner/name:version`). A row takes the place of the known one.
   */
  readonly inputs?: Readonly<Record<string, ModelInputs>> | undefined
}

/**
 * Checks the options.
 *
 * @throws {@link ModelyardError} `BAD_OPTION` with the field (`replicate.waitSeconds`).
 */
export function checkOptionsOf(options: Options): void {
  checkOptions('replicate', options, own)
  checkMedia('replicate', options.media, { downloads: false })
  for (const [model, row] of Object.entries(options.inputs ?? {})) {
    const problem = rowProblem(row)
    if (problem !== undefined) throw bad(`inputs['${model}']${problem.path}`, problem.words)
  }
}

const own = {
  waitSeconds: { wanted: 'a whole number of seconds, 1 to 60', holds: (value) => isWhole(value, 60) },
  pollMs: { wanted: 'a whole number of ms, 1 to 60000', holds: (value) => isWhole(value, 60_000) },
  inputs: anObject,
  media: undefined,
} as const satisfies Readonly<Record<string, OptionCheck | undefined>>

function isWhole(value: unknown, most: number): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most
}

interface Problem {
  readonly path: string
  readonly words: string
}

const name = { holds: (value: unknown) => typeof value === 'string' && value !== '', words: "must be an input's name" }

const fields: Readonly<Record<keyof ModelInputs, { readonly holds: (value: unknown) => boolean; readonly words: string }>> = {
  conversation: {
    holds: (value) => typeof value === 'string' && Object.hasOwn(conversationStyles, value),
    words: `must be one of ${Object.keys(conversationStyles).join(', ')}`,
  },
  system: name,
  template: name,
  image: name,
  images: name,
  settings: {
    holds: (value) =>
      isObject(value) &&
      Object.entries(value).every(([setting, input]) => settingNames.some((known) => known === setting) && name.holds(input)),
    words: `must be an object with inputs for some of ${settingNames.join(', ')}`,
  },
  stops: {
    holds: (value) => Array.isArray(value) && value.every((stop) => name.holds(stop) && !String(stop).includes(',')),
    words: 'must be a list of texts without commas',
  },
  defaultLimit: { holds: (value) => isWhole(value, Number.MAX_SAFE_INTEGER), words: 'must be a whole number of tokens above 0' },
}

function rowProblem(row: unknown): Problem | undefined {
  if (!isObject(row)) return { path: '', words: 'must be an object' }
  const unknown = Object.keys(row).find((field) => !Object.hasOwn(fields, field))
  if (unknown !== undefined) return { path: `.${unknown}`, words: `is no field of it; known are ${Object.keys(fields).join(', ')}` }
  for (const [field, { holds, words }] of Object.entries(fields)) {
    const value = row[field]
    if ((value !== undefined || field === 'conversation') && !holds(value)) return { path: `.${field}`, words }
  }
  return undefined
}

function bad(field: string, words: string): ModelyardError {
  return new ModelyardError('BAD_OPTION', `replicate(): ${field} ${words}.`, { field: `replicate.${field}` })
}

import type { Feature, Modality, ModelCard, Prices, Rates, Tier } from './catalog.ts'

/** What is wrong with a model card, and in which of its fields: `.prices.input`. */
export interface CardFault {
  readonly path: string
  readonly problem: string
}

/**
 * What is wrong with a card that a user brings along: a field that is missing, unknown, of the wrong type or out of range.
 * A card is read on every plan and every bill, so it has to be right before the first request.
 */
export function cardFault(card: unknown): CardFault | undefined {
  const fault = fieldsFault(card, cardFields)
  if (fault !== undefined || !isRecord(card) || !isRecord(card['lifecycle'])) return fault
  if (card['lifecycle']['replacement'] !== card['id']) return undefined
  return { path: '.lifecycle.replacement', problem: 'must be another model than the card itself' }
}

type Check = (value: unknown) => CardFault | undefined

interface Field {
  readonly check: Check
  readonly optional?: true
}

type Fields<Shape> = { readonly [Name in keyof Required<Shape>]: Field }

function fieldsFault(value: unknown, fields: Readonly<Record<string, Field>>): CardFault | undefined {
  if (!isRecord(value)) return wrong('an object', value)
  const known = Object.keys(fields)
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) return { path: `.${name}`, problem: `is no field of it; known are ${known.join(', ')}` }
  }
  for (const [name, { check, optional = false }] of Object.entries(fields)) {
    const fault = optional && value[name] === undefined ? undefined : check(value[name])
    if (fault !== undefined) return { ...fault, path: `.${name}${fault.path}` }
  }
  return undefined
}

const text: Check = (value) => (typeof value === 'string' && value !== '' ? undefined : wrong('a non-empty string', value))
const flag: Check = (value) => (typeof value === 'boolean' ? undefined : wrong('true or false', value))
const tokens: Check = (value) =>
  Number.isSafeInteger(value) && Number(value) > 0 ? undefined : wrong('a whole number of tokens above 0', value)
const rate: Check = (value) =>
  typeof value === 'number' && value >= 0 && value < Infinity
    ? undefined
    : wrong('a number of dollars per million tokens, at least 0', value)
const day: Check = (value) =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))
    ? undefined
    : wrong('a date YYYY-MM-DD', value)

function oneOf<Word extends string>(words: Readonly<Record<Word, true>>): Check {
  const known = Object.keys(words)
  return (value) => (typeof value === 'string' && known.includes(value) ? undefined : wrong(`one of ${known.join(', ')}`, value))
}

function listOf(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return wrong('an array', value)
    let index = 0
    for (const item of value) {
      const fault = check(item)
      if (fault !== undefined) return { ...fault, path: `[${index}]${fault.path}` }
      index++
    }
    return undefined
  }
}

function shape(fields: Readonly<Record<string, Field>>): Check {
  return (value) => fieldsFault(value, fields)
}

const optionalRate = { check: rate, optional: true } as const
const rates: Fields<Rates> = {
  input: { check: rate },
  output: { check: rate },
  cachedInput: optionalRate,
  cacheWrite: optionalRate,
  cacheWrite1h: optionalRate,
  audioInput: optionalRate,
  audioOutput: optionalRate,
}
const longContext: Field = { check: listOf(shape({ above: { check: tokens }, ...rates })), optional: true }
/** A price change that the vendor has announced: the catalog's own cards have them. */
const changes: Field = { check: listOf(shape({ from: { check: day }, ...rates, longContext })), optional: true }
const prices: Fields<Prices> & { readonly changes: Field } = {
  ...rates,
  longContext,
  changes,
  source: { check: text },
  asOf: { check: day },
}

const modality = oneOf<Modality>({ text: true, image: true, audio: true, file: true, video: true })
const feature = oneOf<Feature>({
  tools: true,
  json_schema: true,
  json_object: true,
  reasoning: true,
  logprobs: true,
  n: true,
  streaming: true,
})

const cardFields: Fields<ModelCard> = {
  provider: { check: text },
  id: { check: text },
  aliases: { check: listOf(text), optional: true },
  tier: { check: oneOf<Tier>({ simple: true, standard: true, complex: true }) },
  contextWindow: { check: tokens, optional: true },
  maxOutput: { check: tokens, optional: true },
  input: { check: listOf(modality) },
  features: { check: listOf(feature) },
  prices: {
    check: (value) =>
      value === null ? undefined : isRecord(value) ? fieldsFault(value, prices) : wrong('an object or null', value),
  },
  lifecycle: {
    check: shape({
      shutdownDate: { check: day, optional: true },
      replacement: { check: text, optional: true },
      rerouted: { check: flag, optional: true },
    }),
    optional: true,
  },
  released: { check: day, optional: true },
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrong(wanted: string, got: unknown): CardFault {
  return { path: '', problem: `must be ${wanted}, got ${shown(got)}` }
}

function shown(value: unknown): string {
  if (value === undefined || value === null || typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

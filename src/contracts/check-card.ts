import type { Feature, Lifecycle, Modality, ModelCard, OutputModality, Tier } from './catalog.ts'
import { pricesOrNull } from './check-prices.ts'
import { day, flag, isRecord, listOf, oneOf, optional, shape, text, wrong } from './check-shape.ts'
import type { Check, Fault, Field, Fields } from './check-shape.ts'

/**
 * What is wrong with a card that a user brings along: a field that is missing, unknown, of the wrong type or out of range.
 * A card is read on every plan and every bill, so it has to be right before the first request.
 */
export function cardFault(card: unknown): Fault | undefined {
  return shape(cardFields)(card) ?? selfReplacement(card)
}

/** The same for a card that is laid over a known one: everything but its names may be missing. */
export function overrideFault(card: unknown): Fault | undefined {
  return shape(overrideFields)(card) ?? selfReplacement(card)
}

function selfReplacement(card: unknown): Fault | undefined {
  if (!isRecord(card) || !isRecord(card['lifecycle'])) return undefined
  if (card['lifecycle']['replacement'] !== card['id']) return undefined
  return { path: '.lifecycle.replacement', problem: 'must be another model than the card itself' }
}

const tokens: Check = (value) =>
  Number.isSafeInteger(value) && Number(value) > 0 ? undefined : wrong('a whole number of tokens above 0', value)

const modality = oneOf<Modality>({ text: true, image: true, audio: true, file: true, video: true })
const outputModality = oneOf<OutputModality>({ text: true, image: true, audio: true, embedding: true, moderation: true })
const feature = oneOf<Feature>({
  tools: true,
  json_schema: true,
  json_object: true,
  reasoning: true,
  logprobs: true,
  n: true,
  streaming: true,
})
const lifecycle: Fields<Lifecycle> = {
  shutdownDate: optional(day),
  replacement: optional(text),
  rerouted: optional(flag),
}

const cardFields: Fields<ModelCard> = {
  provider: { check: text },
  id: { check: text },
  aliases: optional(listOf(text)),
  tier: { check: oneOf<Tier>({ simple: true, standard: true, complex: true }) },
  contextWindow: optional(tokens),
  maxOutput: optional(tokens),
  input: { check: listOf(modality) },
  output: optional(listOf(outputModality)),
  features: { check: listOf(feature) },
  prices: { check: pricesOrNull },
  lifecycle: optional(shape(lifecycle)),
  regions: optional(listOf(text)),
  released: optional(day),
}

const named: ReadonlySet<string> = new Set(['provider', 'id'])
const overrideFields: Readonly<Record<string, Field>> = Object.fromEntries(
  Object.entries(cardFields).map(([name, field]) => [name, named.has(name) ? field : optional(field.check)]),
)

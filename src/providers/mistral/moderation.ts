import type OpenAI from 'openai'
import type { ModerateCall, ModerationRequest } from '../../contracts/adapter.ts'
import { AttemptError } from '../../errors.ts'
import { listOf, numberOf } from '../shared/guards.ts'
import { isObject, textOf, type JsonObject } from '../shared/json.ts'
import { isModeration } from '../shared/moderation.ts'
import { unsupported } from '../shared/notes.ts'
import { translated, type Translation } from '../shared/translation.ts'

/** docs.mistral.ai/studio/safety-moderation, 2026-11: `mistral-moderation-latest` still means the one before, deprecated. */
export const moderationModel = 'mistral-moderation-2603'

/** The body of `POST /v1/moderations`. */
export function translateModeration(request: ModerationRequest, model: string, own: JsonObject = {}): Translation {
  return translated((notes) => {
    for (const [field, value] of Object.entries(request)) {
      if (value !== undefined && value !== null && field !== 'model' && field !== 'input') notes.drop(field)
    }
    return { model, input: inputOf(request.input) }
  }, own)
}

/** OpenAI takes a list of parts for one input; here there are texts alone, each an input of its own. */
function inputOf(input: ModerationRequest['input']): string | readonly string[] {
  if (typeof input === 'string') return input
  const texts: string[] = []
  const parts: string[] = []
  for (const [index, item] of input.entries()) {
    if (typeof item === 'string') texts.push(item)
    else if (item.type === 'text') parts.push(item.text)
    else throw unsupported(`input[${index}]`, 'this provider judges text alone')
  }
  const [only, second] = parts
  if (only === undefined) return texts
  if (second === undefined && texts.length === 0) return only
  throw unsupported('input', 'this provider does not judge several parts as one; give a list of strings')
}

/**
 * The answer in OpenAI's shape. What both vendors judge stands under OpenAI's name; the vendor's own categories stand under
 * theirs besides, and what it does not judge is left out. Flagged is what any of its categories flags, as OpenAI has it.
 */
export function moderationOf(body: JsonObject, { model, request }: ModerateCall): OpenAI.ModerationCreateResponse {
  const results = listOf(body['results']).filter(isObject).map(resultOf)
  const asked = Array.isArray(request.input) && typeof request.input[0] === 'string' ? request.input.length : 1
  const answer: unknown = {
    id: textOf(body['id']) ?? `modr-${crypto.randomUUID()}`,
    model: textOf(body['model']) ?? model,
    results,
  }
  if (results.length === asked && isModeration(answer)) return answer
  throw new AttemptError('malformed', `The answer has ${results.length} verdicts for ${asked} inputs.`)
}

function resultOf({ categories, category_scores: scores }: JsonObject): JsonObject {
  const judged = named(categories, (value) => value === true)
  const scored = named(scores, (value) => numberOf(value) ?? 0)
  return {
    flagged: Object.values(judged).includes(true),
    categories: judged,
    category_scores: scored,
    category_applied_input_types: named(categories, () => ['text']),
  }
}

function named<Value>(values: unknown, read: (value: unknown) => Value): Readonly<Record<string, Value>> {
  const entries = Object.entries(isObject(values) ? values : {}).map(([name, value]): [string, Value] => [name, read(value)])
  const common = entries.flatMap(([name, value]): [string, Value][] => {
    const shared = openaisNames[name]
    return shared === undefined ? [] : [[shared, value]]
  })
  return Object.fromEntries([...common, ...entries])
}

/**
 * The vendor's categories (types of @mistralai/mistralai 2.7.0: `ModerationLlmv1CategoryThresholds`, `…v2…`) that mean what
 * one of OpenAI's means (types of openai 7.57, `Moderation.Categories`).
 */
const openaisNames: Readonly<Record<string, string>> = {
  hate_and_discrimination: 'hate',
  violence_and_threats: 'violence',
  selfharm: 'self-harm',
  dangerous_and_criminal_content: 'illicit',
  criminal: 'illicit',
}

import { isObject } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import type { Profile } from './profile.ts'

/** The value at a dotted path. */
export function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, name) => (isObject(inner) ? inner[name] : undefined), value)
}

function countAt(value: unknown, paths: readonly string[]): number | undefined {
  for (const path of paths) {
    const count = at(value, path)
    if (typeof count === 'number') return count
  }
  return undefined
}

/** OpenAI's word for the tier that the server says has served. */
export function tierOf({ service_tier: tier }: JsonObject, { serviceTiers }: Profile): JsonObject {
  if (typeof tier !== 'string') return {}
  const [word] = Object.entries(serviceTiers).find(([, own]) => own === tier) ?? []
  return word === undefined ? {} : { service_tier: word }
}

/** The usage of an answer or chunk in OpenAI's meaning; `undefined` where it tells none. */
export function usageOf(answer: JsonObject, profile: Profile): JsonObject | undefined {
  // Asked for every chunk of a stream, and found in one of them.
  for (const path of profile.usagePath) {
    const sent = path.includes('.') ? at(answer, path) : answer[path]
    if (isObject(sent)) return { ...normalised(sent, profile), ...costOf(answer, profile) }
  }
  return undefined
}

function normalised(sent: JsonObject, { cachedPath, reasoningPath, reasoningOutside, cachedOutside }: Profile): JsonObject {
  const prompt = countAt(sent, ['prompt_tokens', 'input_tokens'])
  const completion = countAt(sent, ['completion_tokens', 'output_tokens'])
  if (prompt === undefined || completion === undefined) return sent
  const cached = countAt(sent, cachedPath)
  const reasoning = countAt(sent, reasoningPath)
  const total = countAt(sent, ['total_tokens'])
  // A total that is the sum of all three proves that reasoning stands beside the completion.
  const isOutside = total === undefined || total === 0 ? reasoningOutside : total === prompt + completion + (reasoning ?? 0)
  const prompt_tokens = cachedOutside && cached !== undefined && cached > prompt ? prompt + cached : prompt
  const completion_tokens = isOutside ? completion + (reasoning ?? 0) : completion
  return {
    ...sent,
    prompt_tokens,
    completion_tokens,
    total_tokens: prompt_tokens + completion_tokens,
    ...detail(sent, 'prompt_tokens_details', { cached_tokens: cached }),
    ...detail(sent, 'completion_tokens_details', { reasoning_tokens: reasoning }),
  }
}

function detail(sent: JsonObject, name: string, counts: Readonly<Record<string, number | undefined>>): JsonObject {
  const known = Object.entries(counts).filter(([, count]) => count !== undefined)
  if (known.length === 0) return {}
  const given = sent[name]
  return { [name]: { ...(isObject(given) ? given : {}), ...Object.fromEntries(known) } }
}

function costOf(answer: JsonObject, { costPath }: Profile): JsonObject {
  const amount = costPath === null ? undefined : at(answer, costPath.path)
  return typeof amount === 'number' && costPath !== null ? { cost: amount / costPath.perUsd } : {}
}

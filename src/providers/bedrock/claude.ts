/** The levels of effort, weakest first. */
export const efforts = ['low', 'medium', 'high', 'xhigh', 'max'] as const

/** One level of effort. */
export type Effort = (typeof efforts)[number]

/** What one generation of Claude accepts here. */
export interface ClaudeRules {
  /** Version 2 and before: text alone. */
  readonly legacy: boolean
  /** Whether `temperature` and `topP` are accepted, and whether both at once. */
  readonly sampling: 'both' | 'one' | 'none'
  /** `budget` with `budget_tokens`, `adaptive` with `{type: 'adaptive'}`; `default`: it thinks without being asked. */
  readonly thinking: 'none' | 'budget' | 'adaptive' | 'default'
  /** How thinking is switched off; `silent`: it is off as long as nothing asks for it; `never`: it cannot be. */
  readonly off: 'silent' | 'disabled' | 'never'
  /** The levels of `output_config.effort`; empty where the field is unknown. */
  readonly effort: readonly Effort[]
  /** Whether a tool call can be forced: always, only as long as the model does not think, or never. */
  readonly forcedTools: 'yes' | 'without-thinking' | 'no'
  readonly prefill: boolean
  readonly structured: boolean
  readonly caches: boolean
  readonly maxOutput: number
}

/*
 * Sources, read November 2026: the model vendor's pages "What's new in Claude ..." and its migration guides, and AWS's
 * guides to prompt caching and structured output. A model that is not known yet is taken for one of the newest.
 */
const newest: ClaudeRules = {
  legacy: false,
  sampling: 'none',
  thinking: 'default',
  off: 'never',
  effort: efforts,
  forcedTools: 'no',
  prefill: false,
  structured: true,
  caches: true,
  maxOutput: 128_000,
}
const five: ClaudeRules = { ...newest, off: 'disabled', forcedTools: 'yes' }
const fourEight: ClaudeRules = { ...five, thinking: 'adaptive', off: 'silent' }
const fourSeven: ClaudeRules = { ...fourEight, forcedTools: 'without-thinking' }
const fourSix: ClaudeRules = { ...fourSeven, sampling: 'one', effort: ['low', 'medium', 'high', 'max'] }
const fourFive: ClaudeRules = { ...fourSix, thinking: 'budget', effort: [], prefill: true, maxOutput: 64_000 }
const four: ClaudeRules = { ...fourFive, sampling: 'both', structured: false }
const three: ClaudeRules = { ...four, thinking: 'none', forcedTools: 'yes', caches: false, maxOutput: 4096 }
const threeFive: ClaudeRules = { ...three, caches: true, maxOutput: 8192 }
const two: ClaudeRules = { ...three, legacy: true, forcedTools: 'no' }

/** By family and version (505 is 5.5), newest first; the first row that is not above the model's version counts. */
const rows: readonly (readonly [family: RegExp, from: number, rules: ClaudeRules])[] = [
  [/opus/, 505, newest],
  [/opus/, 500, five],
  [/opus/, 408, fourEight],
  [/opus/, 407, fourSeven],
  [/opus/, 406, fourSix],
  [/opus/, 405, fourFive],
  [/opus/, 401, { ...fourFive, maxOutput: 32_000 }],
  [/opus/, 400, { ...four, maxOutput: 32_000 }],
  [/sonnet/, 505, newest],
  [/sonnet/, 500, five],
  [/sonnet/, 406, { ...fourSix, maxOutput: 64_000 }],
  [/haiku/, 506, newest],
  [/haiku/, 505, five],
  [/sonnet|haiku/, 405, fourFive],
  [/sonnet|haiku/, 400, four],
  [/fable|mythos/, 501, newest],
  [/fable|mythos/, 500, { ...newest, forcedTools: 'yes' }],
  [/./, 400, newest],
  [/sonnet/, 307, four],
  [/./, 305, threeFive],
  [/./, 300, three],
  [/./, 0, two],
]

/** What a Claude model accepts, told from its name alone. */
export function claudeRules(name: string): ClaudeRules {
  const { family, version } = parts(name)
  return rows.find(([pattern, from]) => from <= version && pattern.test(family))?.[2] ?? newest
}

/** `claude-sonnet-4-5-20250929-v1:0`, `claude-3-7-sonnet-20250219-v1:0` and `claude-v2:1` as family and version. */
function parts(name: string): { readonly family: string; readonly version: number } {
  const [, family, major, minor] = /claude-([a-z]{3,})-(\d{1,2})(?!\d)(?:[-.](\d{1,2})(?!\d))?/.exec(name) ?? []
  if (family !== undefined && family !== 'instant') return { family, version: Number(major) * 100 + Number(minor ?? 0) }
  const [, first, second, last] = /claude-(\d)(?:[-.](\d)(?!\d))?(?:-([a-z]+))?/.exec(name) ?? []
  if (first !== undefined) return { family: last ?? 'claude', version: Number(first) * 100 + Number(second ?? 0) }
  return { family: 'claude', version: /claude-(?:v\d|instant)/.test(name) ? 200 : Number.MAX_SAFE_INTEGER }
}

import { remembered } from '../remembered.ts'

/** The levels of `output_config.effort`, weakest first. */
export const efforts = ['low', 'medium', 'high', 'xhigh', 'max'] as const

/** One level of `output_config.effort`. */
export type Effort = (typeof efforts)[number]

/** What one generation of Claude accepts, at whichever door it is asked. */
export interface ClaudeRules {
  /** Version 2 and before: text alone. */
  readonly legacy: boolean
  /**
   * Whether `temperature` and `top_p` are accepted (by the maker's own API on version 2023-06-01 only; 2026-10-21 knows
   * neither), and whether both at once.
   */
  readonly sampling: 'both' | 'one' | 'none'
  /**
   * How thinking is asked for: `budget` with `budget_tokens`, `adaptive` with `{type: 'adaptive'}`; `default`: it thinks
   * without being asked; `none`: it cannot.
   */
  readonly thinking: 'none' | 'budget' | 'adaptive' | 'default'
  /** How thinking is switched off; `silent`: it is off as long as nothing asks for it; `never`: it cannot be. */
  readonly off: 'silent' | 'disabled' | 'between_tools' | 'never'
  /** The levels of `output_config.effort`; empty where the field is unknown. */
  readonly effort: readonly Effort[]
  /** Whether thinking that comes back is held against everything that stood before it when it was thought. */
  readonly bindsThinking: boolean
  /** Whether a tool call can be forced: always, only as long as the model does not think, or never. */
  readonly forcedTools: 'yes' | 'without-thinking' | 'no'
  /** Whether the model continues a final assistant message. */
  readonly prefill: boolean
  /** Whether schemas can be guaranteed, of answers and of strict tools. */
  readonly structured: boolean
  /** Whether `system` messages are allowed inside the conversation. */
  readonly systemMessages: boolean
  /** Whether prompts are cached. */
  readonly caches: boolean
  /** Whether `speed: 'fast'` is known. */
  readonly fast: boolean
  /** The vendor's own web search; `none` at doors that have none. */
  readonly webSearch: 'web_search_20250305' | 'web_search_20260318' | 'none'
  readonly maxOutput: number
}

/*
 * Sources, read November 2026: the vendor's pages "What's new in Claude ..." and migration guides of Opus 5, Opus 5.5,
 * Sonnet 5.5 and Haiku 5.5, "Mid-conversation system messages", "Prefix checks on thinking blocks", "Migrating to API version
 * 2026-10-21", AWS's guides to prompt caching and structured output, and recorded 400 answers ("This model does not support
 * effort level 'xhigh'", "role 'system' is not supported on this model").
 */

/** What the newest models accept, and every model that is not known yet. */
const newest: ClaudeRules = {
  legacy: false,
  sampling: 'none',
  thinking: 'default',
  off: 'never',
  effort: efforts,
  bindsThinking: true,
  forcedTools: 'no',
  prefill: false,
  structured: true,
  systemMessages: true,
  caches: true,
  fast: false,
  webSearch: 'web_search_20260318',
  maxOutput: 128_000,
}

const five: ClaudeRules = { ...newest, off: 'disabled', bindsThinking: false, forcedTools: 'yes' }
const fourEight: ClaudeRules = { ...five, thinking: 'adaptive', off: 'silent' }
const fourSeven: ClaudeRules = { ...fourEight, forcedTools: 'without-thinking', systemMessages: false }
const fourSix: ClaudeRules = { ...fourSeven, sampling: 'one', effort: ['low', 'medium', 'high', 'max'] }
const fourFive: ClaudeRules = {
  ...fourSix,
  thinking: 'budget',
  effort: [],
  prefill: true,
  webSearch: 'web_search_20250305',
  maxOutput: 64_000,
}
const four: ClaudeRules = { ...fourFive, sampling: 'both', structured: false }
const threeFive: ClaudeRules = { ...four, thinking: 'none', forcedTools: 'yes', maxOutput: 8192 }
const three: ClaudeRules = { ...threeFive, caches: false, maxOutput: 4096 }
const two: ClaudeRules = { ...three, legacy: true }

/** By family and version (505 is 5.5), newest first; the first row that is not above the model's version counts. */
const rows: readonly (readonly [family: RegExp, from: number, rules: ClaudeRules])[] = [
  [/opus/, 505, { ...newest, fast: true }],
  [/opus/, 500, { ...five, fast: true }],
  [/opus/, 408, { ...fourEight, fast: true }],
  [/opus/, 407, { ...fourSeven, fast: true }],
  [/opus/, 406, { ...fourSix, fast: true }],
  [/opus/, 405, fourFive],
  [/opus/, 401, { ...fourFive, maxOutput: 32_000 }],
  [/opus/, 400, { ...four, maxOutput: 32_000 }],
  [/sonnet/, 506, newest],
  [/sonnet/, 505, { ...newest, off: 'between_tools' }],
  [/sonnet/, 500, { ...five, systemMessages: false }],
  [/sonnet/, 406, { ...fourSix, maxOutput: 64_000 }],
  [/haiku/, 506, newest],
  [/haiku/, 505, { ...five, bindsThinking: true }],
  [/sonnet|haiku/, 405, fourFive],
  [/sonnet|haiku/, 400, four],
  [/fable|mythos/, 501, newest],
  [/fable|mythos/, 500, { ...newest, bindsThinking: false, forcedTools: 'yes' }],
  [/./, 400, newest],
  [/sonnet/, 307, four],
  [/./, 305, threeFive],
  [/./, 300, three],
  [/./, 0, two],
]

/** What a Claude model accepts, told from its name alone, in whichever form its door writes it. */
export const claudeRules = remembered((name): ClaudeRules => {
  const { family, version } = parts(name)
  return rows.find(([pattern, from]) => from <= version && pattern.test(family))?.[2] ?? newest
})

/**
 * The rules where a cloud serves the model. Fast mode is the maker's own API's alone (its page "Fast mode"), and of thinking
 * between tools no cloud's documentation speaks.
 */
export function inCloud(rules: ClaudeRules): ClaudeRules {
  return { ...rules, fast: false, off: rules.off === 'between_tools' ? 'never' : rules.off }
}

/**
 * `claude-sonnet-4-5-20250929`, `us.anthropic.claude-sonnet-4-5-20250929-v1:0`, `claude-sonnet-4-5@20250929`,
 * `claude-3-7-sonnet-latest` and `claude-v2:1` as family and version.
 */
function parts(name: string): { readonly family: string; readonly version: number } {
  const [, family, major, minor] = /claude-([a-z]{3,})-(\d{1,2})(?!\d)(?:[-.](\d{1,2})(?!\d))?/.exec(name) ?? []
  if (family !== undefined && family !== 'instant') return { family, version: Number(major) * 100 + Number(minor ?? 0) }
  const [, first, second, last] = /claude-(\d)(?:[-.](\d)(?!\d))?(?:-([a-z]+))?/.exec(name) ?? []
  if (first !== undefined) return { family: last ?? 'claude', version: Number(first) * 100 + Number(second ?? 0) }
  return { family: 'claude', version: /claude-(?:v\d|instant)/.test(name) ? 200 : Number.MAX_SAFE_INTEGER }
}

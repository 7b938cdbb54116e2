/** The levels of `output_config.effort`, weakest first. */
export const efforts = ['low', 'medium', 'high', 'xhigh', 'max'] as const

/** One level of `output_config.effort`. */
export type Effort = (typeof efforts)[number]

/** What one generation of models accepts. */
export interface ModelRules {
  /**
   * Whether `temperature` and `top_p` are accepted (on API version 2023-06-01 only; 2026-10-21 knows neither), and
   * whether both at once.
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
  /** Whether `tool_choice` may force a call: always, only as long as the model does not think, or never. */
  readonly forcedTools: 'yes' | 'without-thinking' | 'no'
  /** Whether the model continues a final assistant message. */
  readonly prefill: boolean
  /** Whether `output_config.format` and strict tools are known. */
  readonly structured: boolean
  /** Whether `system` messages are allowed inside the conversation. */
  readonly systemMessages: boolean
  /** Whether `speed: 'fast'` is known. */
  readonly fast: boolean
  readonly webSearch: 'web_search_20250305' | 'web_search_20260318'
  readonly maxOutput: number
}

/*
 * Sources, read November 2026: the vendor's pages "What's new in Claude ..." and migration guides of Opus 5, Opus 5.5,
 * Sonnet 5.5 and Haiku 5.5, "Mid-conversation system messages", "Migrating to API version 2026-10-21", and recorded 400
 * answers ("This model does not support effort level 'xhigh'", "role 'system' is not supported on this model").
 */

/** What the newest models accept, and every model that is not known yet. */
const newest: ModelRules = {
  sampling: 'none',
  thinking: 'default',
  off: 'never',
  effort: efforts,
  forcedTools: 'no',
  prefill: false,
  structured: true,
  systemMessages: true,
  fast: false,
  webSearch: 'web_search_20260318',
  maxOutput: 128_000,
}

const five: ModelRules = { ...newest, off: 'disabled', forcedTools: 'yes' }
const fourEight: ModelRules = { ...five, thinking: 'adaptive', off: 'silent' }
const fourSeven: ModelRules = { ...fourEight, forcedTools: 'without-thinking', systemMessages: false }
const fourSix: ModelRules = { ...fourSeven, sampling: 'one', effort: ['low', 'medium', 'high', 'max'] }
const fourFive: ModelRules = {
  ...fourSix,
  thinking: 'budget',
  effort: [],
  prefill: true,
  webSearch: 'web_search_20250305',
  maxOutput: 64_000,
}
const four: ModelRules = { ...fourFive, sampling: 'both', structured: false }
const three: ModelRules = { ...four, thinking: 'none', maxOutput: 4096 }

interface Row {
  /** 505 is version 5.5. */
  readonly from: number
  readonly rules: ModelRules
}

const fable: readonly Row[] = [
  { from: 501, rules: newest },
  { from: 500, rules: { ...newest, forcedTools: 'yes' } },
]

/** Newest first; the first row whose version is not above the model's counts. */
const families: Readonly<Record<string, readonly Row[]>> = {
  opus: [
    { from: 505, rules: { ...newest, fast: true } },
    { from: 500, rules: { ...five, fast: true } },
    { from: 408, rules: { ...fourEight, fast: true } },
    { from: 407, rules: { ...fourSeven, fast: true } },
    { from: 406, rules: { ...fourSix, fast: true } },
    { from: 405, rules: fourFive },
    { from: 401, rules: { ...fourFive, maxOutput: 32_000 } },
    { from: 400, rules: { ...four, maxOutput: 32_000 } },
  ],
  sonnet: [
    { from: 506, rules: newest },
    { from: 505, rules: { ...newest, off: 'between_tools' } },
    { from: 500, rules: { ...five, systemMessages: false } },
    { from: 406, rules: { ...fourSix, maxOutput: 64_000 } },
    { from: 405, rules: fourFive },
    { from: 400, rules: four },
    { from: 307, rules: four },
  ],
  haiku: [
    { from: 506, rules: newest },
    { from: 505, rules: five },
    { from: 405, rules: fourFive },
    { from: 400, rules: four },
  ],
  fable,
  mythos: fable,
}

/** What a model accepts, told from its id alone. */
export function rulesOf(model: string): ModelRules {
  const { family, version } = parts(model)
  if (version === undefined) return newest
  const row = families[family]?.find(({ from }) => from <= version)
  if (row !== undefined) return row.rules
  if (version >= 400) return newest
  return version >= 305 ? { ...three, maxOutput: 8192 } : three
}

/** `claude-sonnet-4-5-20250929` and `claude-3-7-sonnet-latest` as family and version. */
function parts(model: string): { readonly family: string; readonly version: number | undefined } {
  const [, family, major, minor] = /claude-([a-z]+)-(\d{1,2})(?!\d)(?:[-.](\d{1,2})(?!\d))?/.exec(model) ?? []
  if (family !== undefined) return { family, version: Number(major) * 100 + Number(minor ?? 0) }
  const [, first, second, name] = /claude-(\d)(?:[-.](\d)(?!\d))?(?:-([a-z]+))?/.exec(model) ?? []
  if (first === undefined) return { family: '', version: undefined }
  return { family: name ?? '', version: Number(first) * 100 + Number(second ?? 0) }
}

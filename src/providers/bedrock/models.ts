import { claudeRules, inCloud, type ClaudeRules } from '../shared/claude/rules.ts'
import { remembered } from '../shared/remembered.ts'

/** Who made a model; what it accepts follows from that. */
export type Family = 'claude' | 'nova' | 'titan' | 'llama' | 'mistral' | 'gpt-oss' | 'deepseek' | 'other'

/** What a model accepts through Converse. */
export interface Traits {
  readonly family: Family
  readonly system: boolean
  readonly tools: boolean
  /** Tools together with `stream`. */
  readonly streamedTools: boolean
  /** `toolChoice` may force any tool, a named one. */
  readonly forcesAny: boolean
  readonly forcesNamed: boolean
  readonly images: boolean
  readonly documents: boolean
  readonly audio: boolean
  /** `cachePoint` blocks: in messages and system, and besides among tools. */
  readonly cache: 'none' | 'messages' | 'everywhere'
  /** Whether `outputConfig.textFormat` and strict tools are known. */
  readonly structured: boolean
  readonly reasoning: 'none' | 'claude' | 'nova' | 'effort'
  /** Whether a final assistant message is continued. */
  readonly prefill: boolean
  readonly stop: boolean
  /** Tool ids of exactly nine letters and digits. */
  readonly nineCharacterIds: boolean
  /** Of a tool's schema nothing but type, properties and required may stand at the top. */
  readonly plainSchemas: boolean
  readonly grounding: boolean
  readonly claude: ClaudeRules | undefined
}

/*
 * Sources: the vendor's guide "Supported models and model features" for Converse, its pages on Nova (tool schemas,
 * extended thinking of Nova 2), and recorded requests. Models that are not known yet are taken to know what most do; the
 * vendor's refusal then says what they lack.
 */
const usual: Traits = {
  family: 'other',
  system: true,
  tools: true,
  streamedTools: true,
  forcesAny: true,
  forcesNamed: true,
  images: true,
  documents: true,
  audio: false,
  cache: 'none',
  structured: false,
  reasoning: 'none',
  prefill: false,
  stop: true,
  nineCharacterIds: false,
  plainSchemas: false,
  grounding: false,
  claude: undefined,
}

const textOnly = { images: false } as const
const noTools = { tools: false, streamedTools: false, forcesAny: false, forcesNamed: false } as const
const unforced = { forcesAny: false, forcesNamed: false } as const
const bare = { ...noTools, ...textOnly, system: false, documents: false } as const

/** The first row that fits the model's name counts. */
const rows: readonly (readonly [RegExp, Partial<Traits>])[] = [
  [/nova-2-(?:lite|pro|omni)/, { family: 'nova', reasoning: 'nova', plainSchemas: true, cache: 'messages', grounding: true }],
  [/nova-micro/, { family: 'nova', ...textOnly, documents: false, plainSchemas: true, cache: 'messages', prefill: true }],
  [/nova-premier/, { family: 'nova', plainSchemas: true, grounding: true, prefill: true }],
  [/nova/, { family: 'nova', plainSchemas: true, cache: 'messages', prefill: true }],
  // Of stop sequences it knows fixed words only.
  [/titan/, { family: 'titan', ...bare, stop: false }],
  [/llama3-2-(?:1b|3b)|llama2/, { family: 'llama', ...noTools, ...textOnly }],
  [/llama3-2-(?:11b|90b)|llama4/, { family: 'llama', ...unforced, streamedTools: false }],
  [/llama3-1/, { family: 'llama', ...unforced, ...textOnly, streamedTools: false }],
  [/llama3-[3-9]/, { family: 'llama', ...unforced, ...textOnly, streamedTools: false }],
  [/llama3-8b|llama3-70b/, { family: 'llama', ...noTools, ...textOnly }],
  [/mi[sx]tral-(?:7b|8x7b)/, { family: 'mistral', ...bare }],
  [/mistral-small-2402/, { family: 'mistral', ...unforced, ...textOnly, nineCharacterIds: true }],
  [/mistral-large-24/, { family: 'mistral', ...textOnly, forcesNamed: false, nineCharacterIds: true }],
  [/voxtral/, { family: 'mistral', audio: true, nineCharacterIds: true }],
  [/mistral|magistral|ministral|devstral|pixtral/, { family: 'mistral', structured: true, nineCharacterIds: true }],
  [/gpt-oss/, { family: 'gpt-oss', ...textOnly, documents: false, structured: true, reasoning: 'effort' }],
  [/deepseek\.r1/, { family: 'deepseek', ...noTools, ...textOnly }],
  [/deepseek/, { family: 'deepseek', ...textOnly, structured: true }],
  [/qwen|minimax|moonshot|kimi|zai\.|nemotron/, { structured: true }],
  [/jurassic|\.j2-|cohere\.command-(?:text|light)/, bare],
]

/** What a model accepts, told from its id, inference profile or ARN. */
export const traitsOf = remembered((model): Traits => {
  const name = modelName(model)
  if (/claude/.test(name)) return claudeTraits(inCloud(claudeRules(name)))
  const row = rows.find(([pattern]) => pattern.test(name))
  return row === undefined ? usual : { ...usual, ...row[1] }
})

function claudeTraits(claude: ClaudeRules): Traits {
  return {
    ...usual,
    ...(claude.legacy ? bare : {}),
    family: 'claude',
    system: true,
    forcesAny: claude.forcedTools !== 'no' && !claude.legacy,
    forcesNamed: claude.forcedTools !== 'no' && !claude.legacy,
    cache: claude.caches ? 'everywhere' : 'none',
    structured: claude.structured,
    reasoning: 'claude',
    prefill: claude.prefill,
    claude,
  }
}

/** `arn:aws:bedrock:us-east-1:1234:inference-profile/us.anthropic.claude-x` and `us.anthropic.claude-x` as `anthropic.claude-x`. */
function modelName(model: string): string {
  const name = model.startsWith('arn:') ? model.slice(model.lastIndexOf('/') + 1) : model
  return name.toLowerCase().replace(/^(?:global|us-gov|us|eu|apac|au|jp|ca|sa|me|af|il|in|mx)\./, '')
}

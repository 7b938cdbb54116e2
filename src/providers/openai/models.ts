import type { ModelCard } from '../../contracts/catalog.ts'
import type { ChatRequest } from '../../contracts/chat.ts'
import type { Support } from '../../contracts/adapter.ts'
import { isObject } from '../shared/json.ts'

/** The two ways to ask a model of this vendor. */
export type Api = 'chat' | 'responses'

/** What a model of this vendor takes, as far as requests must differ for it. */
export interface ModelTraits {
  readonly reasoning: boolean
  /** From GPT-5.1 on reasoning can be switched off, which brings the sampling parameters back. */
  readonly canSkipReasoning: boolean
  /** GPT-5.1 to 5.3 do not reason unless asked to. */
  readonly skipsReasoning: boolean
  /** From GPT-5.4 on chat completions refuse function tools together with reasoning, and reasoning is the default. */
  readonly toolsForbidReasoning: boolean
}

const plain: ModelTraits = { reasoning: false, canSkipReasoning: false, skipsReasoning: false, toolsForbidReasoning: false }
const reasoningOnly: ModelTraits = { ...plain, reasoning: true }

/** The traits of a model, by its name where that follows the vendor's pattern, else by what its card says. */
export function traitsOf(model: string, card: ModelCard | undefined): ModelTraits {
  const name = /^(?:ft:)?(?:o\d|(?:gpt-(\d+)(?:\.(\d+))?(?![\da-z])))/.exec(model)
  if (name === null) return card?.features.includes('reasoning') === true ? reasoningOnly : plain
  if (name[1] === undefined) return reasoningOnly
  const version = Number(name[1]) * 100 + Number(name[2] ?? 0)
  if (version < 500 || model.includes('-chat')) return plain
  return {
    reasoning: true,
    canSkipReasoning: version >= 501,
    skipsReasoning: version >= 501 && version <= 503,
    toolsForbidReasoning: version >= 504,
  }
}

/** How a request has to be changed for a model. */
export interface Adaptation {
  /** Fields to leave out, with a note. */
  readonly dropped: readonly string[]
  /** Set where the API refuses the request otherwise; then `dropped` says so. */
  readonly effort: 'none' | undefined
  readonly refused: Extract<Support, { level: 'no' }> | undefined
}

const unchanged: Adaptation = { dropped: [], effort: undefined, refused: undefined }

/** What a model makes of a request's parameters over this API. Quick: it is asked for every candidate of every request. */
export function adapt(request: ChatRequest, traits: ModelTraits, api: Api): Adaptation {
  if (!traits.reasoning) {
    const dropped = reasoningFields.filter((field) => isSet(request[field]))
    return dropped.length === 0 ? unchanged : { ...unchanged, dropped }
  }
  if (isSet(request.stop) && request.stop?.length !== 0) return { ...unchanged, refused: noStop }
  const asked = request.reasoning_effort ?? undefined
  const forbidden = api === 'chat' && traits.toolsForbidReasoning && hasTools(request) && asked !== 'none'
  if (!forbidden) return adaptSampling(request, traits, asked)
  if (asked !== undefined) return { ...unchanged, refused: toolsWithReasoning }
  // Where there is nothing but chat completions, which refuse tools with the reasoning that is such a model's default, the
  // request is possible without it only.
  return { dropped: ['reasoning_effort'], effort: 'none', refused: undefined }
}

function hasTools({ tools = [], functions = [] }: ChatRequest): boolean {
  return tools.length + functions.length > 0
}

function adaptSampling(request: ChatRequest, traits: ModelTraits, effort: string | undefined): Adaptation {
  if (effort === undefined ? traits.skipsReasoning : effort === 'none' && traits.canSkipReasoning) return unchanged
  const refused = refusalOf(request)
  const dropped = samplingFields.filter((field) => isTuned(request[field], neutral[field]))
  return refused === undefined && dropped.length === 0 ? unchanged : { dropped, effort: undefined, refused }
}

const reasoningFields = ['reasoning_effort', 'verbosity'] as const
const samplingFields = ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty', 'logit_bias'] as const
const neutral = { temperature: 1, top_p: 1, presence_penalty: 0, frequency_penalty: 0, logit_bias: undefined } as const

const toolsWithReasoning = {
  level: 'no',
  field: 'reasoning_effort',
  reason: "this model takes function tools in chat completions only with reasoning_effort 'none'",
} as const

const noStop = { level: 'no', field: 'stop', reason: 'reasoning models take no stop sequences' } as const

function refusalOf({ logprobs, top_logprobs }: ChatRequest): Adaptation['refused'] {
  const reason = 'this model gives no logprobs while it reasons'
  if (logprobs === true) return { level: 'no', field: 'logprobs', reason }
  return isSet(top_logprobs) ? { level: 'no', field: 'top_logprobs', reason } : undefined
}

/**
 * Spoken answers are given by the models that take sounds too, `gpt-audio` and its like (platform.openai.com/docs/guides/audio,
 * 2026-11). Of a model that is not in the catalog the vendor says what it can.
 */
export function soundProblem({ modalities, audio }: ChatRequest, card: ModelCard | undefined): Adaptation['refused'] {
  if (card === undefined || card.input.includes('audio')) return undefined
  const reason = 'this model answers in text'
  if (modalities?.includes('audio') === true) return { level: 'no', field: 'modalities', reason }
  return isSet(audio) ? { level: 'no', field: 'audio', reason } : undefined
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null
}

/** The default of a parameter is accepted by every model, and an empty bias is none. */
function isTuned(value: unknown, usual: number | undefined): boolean {
  return isSet(value) && value !== usual && !(isObject(value) && Object.keys(value).length === 0)
}

import type { JsonObject } from '../shared/json.ts'
import { commonRefusals } from './failure.ts'
import type { Effort, Profile } from './profile.ts'

/** Levels that a server knows by the name of OpenAI's own field. */
export function asGiven(...levels: readonly Effort[]): Profile['effort'] {
  return Object.fromEntries(levels.map((level): [Effort, JsonObject] => [level, { reasoning_effort: level }]))
}

/** Parameters of OpenAI's platform that no other server has. */
export const platformParams = [
  'metadata',
  'prediction',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'safety_identifier',
  'store',
  'verbosity',
] as const

/** Fields of OpenAI's that change what the answer is, and that other servers lack. */
const refusedEverywhere = ['audio', 'modalities', 'moderation', 'web_search_options'] as const

/**
 * A server of which nothing is known: what nearly all of them take, and in answers every way of writing that has been
 * seen. What only OpenAI's platform has is left out.
 */
export const baseProfile: Profile = {
  wire: 'openai',
  developerRole: false,
  multiSystem: true,
  systemFirstOnly: false,
  messageNames: false,
  flatText: false,
  imageInput: true,
  imageDetail: true,
  audioInput: true,
  fileInput: true,
  videoInput: true,
  mediaLimits: {},
  fetchesMedia: true,
  echoReasoning: 'never',
  echoField: 'reasoning_content',
  reasoningDetails: false,
  effort: asGiven('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'),
  idleWhileReasoning: [],
  reasoningForbidsForcedTools: false,
  toolChoiceSubset: ['none', 'auto', 'required', 'named'],
  customTools: false,
  openToolSchemas: false,
  toolIdPattern: null,
  jsonSchema: 'native',
  enforced: [],
  enforcedFormats: [],
  recursiveSchemas: true,
  strictTools: false,
  toolNames: null,
  mostTools: Infinity,
  jsonObject: true,
  looseJsonObject: false,
  maxTokensField: 'max_tokens',
  dropParams: platformParams,
  serviceTiers: {},
  refuseParams: refusedEverywhere,
  streamUsage: 'option',
  extraBody: {},
  reasoningFields: ['reasoning_content', 'reasoning', 'thinking'],
  usagePath: ['usage', 'x_groq.usage'],
  cachedPath: [
    'prompt_tokens_details.cached_tokens',
    'prompt_cache_hit_tokens',
    'cached_tokens',
    'num_cached_tokens',
    'cache_read_input_tokens',
    'prompt_token_details.cached_tokens',
    'input_tokens_details.cached_tokens',
  ],
  reasoningPath: [
    'completion_tokens_details.reasoning_tokens',
    'reasoning_tokens',
    'completion_token_details.reasoning_tokens',
    'output_tokens_details.reasoning_tokens',
  ],
  reasoningOutside: false,
  cachedOutside: false,
  costPath: null,
  finishMap: {
    eos: 'stop',
    end_turn: 'stop',
    stop_sequence: 'stop',
    STOP: 'stop',
    COMPLETE: 'stop',
    STOP_SEQUENCE: 'stop',
    complete: 'stop',
    max_tokens: 'length',
    MAX_TOKENS: 'length',
    model_length: 'length',
    tool_use: 'tool_calls',
    tool_call: 'tool_calls',
    TOOL_CALL: 'tool_calls',
    sensitive: 'content_filter',
    safety: 'content_filter',
    ERROR_TOXIC: 'content_filter',
  },
  finishFailures: {
    error: 'server',
    ERROR: 'server',
    TIMEOUT: 'server',
    network_error: 'server',
    insufficient_system_resource: 'overloaded',
  },
  infersFinish: true,
  refusals: commonRefusals,
  embeddings: false,
  embeddingInputs: Infinity,
  embeddingTokens: true,
  variants: [],
}

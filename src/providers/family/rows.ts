// What servers take and how they answer: the vendors' API references as of 2026-11 and recorded traffic. What no recording
// shows is the vendor's word or common knowledge, and may be replaced by the `profile` option.
import { asGiven, baseProfile, platformParams } from './base.ts'
import {
  cohereRefusals,
  commonRefusals,
  deepseekRefusals,
  groqRefusals,
  moonshotRefusals,
  openrouterRefusals,
  qwenRefusals,
  xaiRefusals,
  zaiRefusals,
} from './failure.ts'
import type { Profile } from './profile.ts'

/** A vendor: where it is, by which key, and in what it differs. */
export interface FamilyRow {
  readonly id: string
  /** The key's name in the key store; `null` where none is needed. */
  readonly key: string | null
  readonly baseURL: string
  readonly profile: Profile
}

function row(id: string, { key, baseURL }: Pick<FamilyRow, 'key' | 'baseURL'>, profile: Partial<Profile>): FamilyRow {
  return { id, key, baseURL, profile: { ...baseProfile, ...profile } }
}

const refuse = (...fields: readonly string[]): readonly string[] => [...baseProfile.refuseParams, ...fields]
const drop = (...fields: readonly string[]): readonly string[] => [...platformParams, 'service_tier', ...fields]

const noAttachments = { audioInput: false, fileInput: false, videoInput: false } as const
const textOnly = { ...noAttachments, imageInput: false } as const
const penalties = ['presence_penalty', 'frequency_penalty'] as const
/** What is tuned while sampling, and means nothing to a model that reasons. */
const sampling = ['temperature', 'top_p', ...penalties, 'logit_bias'] as const

/** `thinking: { type }` beside, or instead of, an effort. */
const thinking = { none: { thinking: { type: 'disabled' } } } as const
const switched = {
  ...thinking,
  minimal: { thinking: { type: 'enabled' } },
  low: { thinking: { type: 'enabled' } },
  medium: { thinking: { type: 'enabled' } },
  high: { thinking: { type: 'enabled' } },
  xhigh: { thinking: { type: 'enabled' } },
  max: { thinking: { type: 'enabled' } },
} as const

function thinkingWith(level: string): { readonly thinking: { readonly type: string }; readonly reasoning_effort: string } {
  return { thinking: { type: 'enabled' }, reasoning_effort: level }
}

const nineCharacters = /^[a-zA-Z0-9]{9}$/
const mistralFamily = /mistral|mixtral|ministral|magistral|devstral|codestral/i

export const family = {
  xai: row(
    'xai',
    { key: 'XAI_API_KEY', baseURL: 'https://api.x.ai/v1' },
    {
      ...noAttachments,
      messageNames: true,
      maxTokensField: 'max_completion_tokens',
      openToolSchemas: true,
      effort: asGiven('none', 'low', 'medium', 'high'),
      dropParams: drop('logit_bias'),
      reasoningOutside: true,
      cachedOutside: true,
      // A tick is a ten-billionth of a dollar, as recorded bills against the price list show.
      costPath: { path: 'usage.cost_in_usd_ticks', perUsd: 1e10 },
      refusals: [...xaiRefusals, ...commonRefusals],
      variants: [
        {
          model: /^grok-(?:3-mini|4|build|code)/,
          profile: { dropParams: drop(...penalties, 'logit_bias'), refuseParams: refuse('stop') },
        },
        { model: /non-reasoning/, profile: { dropParams: drop('logit_bias'), refuseParams: refuse() } },
        { model: /^grok-4\.20/, profile: { effort: {} } },
        { model: /^grok-4\.6/, profile: { effort: asGiven('none', 'low', 'medium', 'high', 'xhigh') } },
      ],
    },
  ),
  deepseek: row(
    'deepseek',
    { key: 'DEEPSEEK_API_KEY', baseURL: 'https://api.deepseek.com' },
    {
      ...textOnly,
      flatText: true,
      // With tools, V4 refuses a conversation in which an assistant message lacks the field.
      echoReasoning: 'always',
      reasoningForbidsForcedTools: true,
      effort: {
        ...thinking,
        minimal: thinkingWith('low'),
        low: thinkingWith('low'),
        medium: thinkingWith('medium'),
        high: thinkingWith('high'),
        xhigh: thinkingWith('max'),
        max: thinkingWith('max'),
      },
      jsonSchema: 'json_object',
      dropParams: drop('seed', 'logit_bias', 'user'),
      refuseParams: refuse('n'),
      refusals: [...deepseekRefusals, ...commonRefusals],
      variants: [
        { model: /^deepseek-flash|vision|-vl/, profile: { imageInput: true } },
        { model: /^deepseek-(?:chat|coder)/, profile: { echoReasoning: 'never', reasoningForbidsForcedTools: false } },
        { model: /^deepseek-(?:reasoner|r1)/, profile: { echoReasoning: 'never', dropParams: drop('seed', 'user', ...sampling) } },
      ],
    },
  ),
  groq: row(
    'groq',
    { key: 'GROQ_API_KEY', baseURL: 'https://api.groq.com/openai/v1' },
    {
      ...noAttachments,
      messageNames: true,
      maxTokensField: 'max_completion_tokens',
      echoField: 'reasoning',
      effort: asGiven('low', 'medium', 'high'),
      jsonSchema: 'json_object',
      streamUsage: 'x_groq',
      dropParams: drop('logit_bias', ...penalties),
      refuseParams: refuse('n', 'logprobs', 'top_logprobs'),
      refusals: [...groqRefusals, ...commonRefusals],
      variants: [
        // console.groq.com/docs/structured-outputs and /docs/reasoning.
        { model: /gpt-oss|kimi-k2|llama-4/, profile: { jsonSchema: 'native' } },
        { model: /qwen/, profile: { effort: { none: { reasoning_effort: 'none' }, medium: { reasoning_effort: 'default' } } } },
        { model: /llama|compound|gemma/, profile: { effort: {} } },
      ],
    },
  ),
  together: row(
    'together',
    { key: 'TOGETHER_API_KEY', baseURL: 'https://api.together.xyz/v1' },
    { ...noAttachments, effort: asGiven('low', 'medium', 'high'), embeddings: true, dropParams: drop('user') },
  ),
  fireworks: row(
    'fireworks',
    { key: 'FIREWORKS_API_KEY', baseURL: 'https://api.fireworks.ai/inference/v1' },
    {
      ...noAttachments,
      effort: asGiven('none', 'low', 'medium', 'high'),
      embeddings: true,
      dropParams: drop('seed'),
    },
  ),
  openrouter: row(
    'openrouter',
    { key: 'OPENROUTER_API_KEY', baseURL: 'https://openrouter.ai/api/v1' },
    {
      developerRole: true,
      messageNames: true,
      reasoningDetails: true,
      effort: {
        none: { reasoning: { effort: 'none' } },
        minimal: { reasoning: { effort: 'minimal' } },
        low: { reasoning: { effort: 'low' } },
        medium: { reasoning: { effort: 'medium' } },
        high: { reasoning: { effort: 'high' } },
        xhigh: { reasoning: { effort: 'xhigh' } },
        max: { reasoning: { effort: 'xhigh' } },
      },
      dropParams: drop(),
      refuseParams: refuse('n'),
      // With it the answer tells what was really charged.
      extraBody: { usage: { include: true } },
      refusals: [...openrouterRefusals, ...commonRefusals],
      embeddings: true,
    },
  ),
  cerebras: row(
    'cerebras',
    { key: 'CEREBRAS_API_KEY', baseURL: 'https://api.cerebras.ai/v1' },
    {
      ...textOnly,
      flatText: true,
      echoField: 'reasoning',
      maxTokensField: 'max_completion_tokens',
      effort: asGiven('none', 'low', 'medium', 'high'),
      dropParams: drop('logit_bias', ...penalties),
      refuseParams: refuse('n'),
      variants: [
        { model: /gpt-oss/, profile: { effort: asGiven('low', 'medium', 'high') } },
        { model: /llama/, profile: { effort: {} } },
      ],
    },
  ),
  cohere: row(
    'cohere',
    { key: 'COHERE_API_KEY', baseURL: 'https://api.cohere.com/v2' },
    {
      ...noAttachments,
      wire: 'cohere',
      echoReasoning: 'given',
      effort: {
        none: { thinking: { type: 'disabled' } },
        low: { thinking: { type: 'enabled' } },
        medium: { thinking: { type: 'enabled' } },
        high: { thinking: { type: 'enabled' } },
      },
      toolChoiceSubset: ['none', 'auto', 'required'],
      dropParams: drop('logit_bias', 'parallel_tool_calls', 'user'),
      refuseParams: refuse('n', 'logprobs', 'top_logprobs'),
      refusals: [...cohereRefusals, ...commonRefusals],
    },
  ),
  nvidia: row(
    'nvidia',
    { key: 'NVIDIA_API_KEY', baseURL: 'https://integrate.api.nvidia.com/v1' },
    {
      ...noAttachments,
      effort: asGiven('low', 'medium', 'high'),
      dropParams: drop('logit_bias', 'parallel_tool_calls', 'user'),
      refuseParams: refuse('n'),
      embeddings: true,
      variants: [{ model: mistralFamily, profile: { toolIdPattern: nineCharacters } }],
    },
  ),
  huggingface: row(
    'huggingface',
    { key: 'HF_TOKEN', baseURL: 'https://router.huggingface.co/v1' },
    { ...noAttachments, messageNames: true, effort: asGiven('none', 'low', 'medium', 'high'), refuseParams: refuse('n') },
  ),
  moonshot: row(
    'moonshot',
    { key: 'MOONSHOT_API_KEY', baseURL: 'https://api.moonshot.ai/v1' },
    {
      ...noAttachments,
      messageNames: true,
      echoReasoning: 'given',
      effort: switched,
      reasoningForbidsForcedTools: true,
      dropParams: drop('logit_bias', 'parallel_tool_calls', 'seed', 'user'),
      refuseParams: refuse('logprobs', 'top_logprobs'),
      refusals: [...moonshotRefusals, ...commonRefusals],
      variants: [
        // Older models do not reason, or do nothing else.
        { model: /^(?:moonshot-v1|kimi-(?:k2-(?!thinking)|latest))/, profile: { effort: {}, reasoningForbidsForcedTools: false } },
        { model: /thinking/, profile: { effort: {} } },
      ],
    },
  ),
  qwen: row(
    'qwen',
    { key: 'DASHSCOPE_API_KEY', baseURL: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1' },
    {
      effort: {
        none: { enable_thinking: false },
        minimal: { enable_thinking: true, thinking_budget: 512 },
        low: { enable_thinking: true, thinking_budget: 2048 },
        medium: { enable_thinking: true, thinking_budget: 8192 },
        high: { enable_thinking: true },
        xhigh: { enable_thinking: true },
        max: { enable_thinking: true },
      },
      toolChoiceSubset: ['none', 'auto', 'named'],
      dropParams: drop('logit_bias', 'frequency_penalty', 'user'),
      refusals: [...qwenRefusals, ...commonRefusals],
      embeddings: true,
    },
  ),
  zai: row(
    'zai',
    { key: 'ZAI_API_KEY', baseURL: 'https://api.z.ai/api/paas/v4' },
    {
      ...noAttachments,
      videoInput: true,
      echoReasoning: 'given',
      effort: { ...switched, high: thinkingWith('high'), xhigh: thinkingWith('max'), max: thinkingWith('max') },
      jsonSchema: 'json_object',
      dropParams: drop('logit_bias', 'parallel_tool_calls', 'seed', ...penalties, 'user'),
      refuseParams: refuse('n', 'logprobs', 'top_logprobs'),
      refusals: [...zaiRefusals, ...commonRefusals],
      variants: [{ model: /^glm-4\.5$|^glm-4\.5-|^glm-4\.6/, profile: { effort: switched } }],
    },
  ),
  ollama: row(
    'ollama',
    { key: null, baseURL: 'http://localhost:11434/v1' },
    {
      ...noAttachments,
      effort: asGiven('none', 'low', 'medium', 'high'),
      // `tool_choice` is read and ignored.
      toolChoiceSubset: [],
      dropParams: drop('logit_bias', 'parallel_tool_calls', 'user'),
      refuseParams: refuse('n'),
      embeddings: true,
    },
  ),
  vllm: row(
    'vllm',
    { key: null, baseURL: 'http://localhost:8000/v1' },
    {
      effort: {
        ...asGiven('low', 'medium', 'high'),
        none: { chat_template_kwargs: { enable_thinking: false } },
      },
      dropParams: platformParams,
      embeddings: true,
      variants: [{ model: mistralFamily, profile: { toolIdPattern: nineCharacters } }],
    },
  ),
} as const satisfies Readonly<Record<string, FamilyRow>>

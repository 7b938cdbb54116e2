// What servers take and how they answer: the vendors' API references as of 2026-11 and recorded traffic. What no recording
// shows is the vendor's word or common knowledge, and may be replaced by the `profile` option.
import { asGiven, platformParams } from './base.ts'
import { structure } from '../shared/schema/dialect.ts'
import { commonRefusals, groqRefusals, openrouterRefusals } from './failure.ts'
import { drop, noAttachments, penalties, refuse, row, textOnly, usualTools } from './row.ts'
import type { FamilyRow } from './row.ts'

const nineCharacters = /^[a-zA-Z0-9]{9}$/
const mistralFamily = /mistral|mixtral|ministral|magistral|devstral|codestral/i

/** Hosts of models that others made. */
export const hosts = {
  groq: row(
    'groq',
    { key: 'GROQ_API_KEY', baseURL: 'https://api.groq.com/openai/v1' },
    {
      ...noAttachments,
      ...usualTools,
      // console.groq.com/docs/vision.
      mediaLimits: { images: 5 },
      messageNames: true,
      maxTokensField: 'max_completion_tokens',
      echoField: 'reasoning',
      effort: asGiven('low', 'medium', 'high'),
      jsonSchema: 'json_object',
      streamUsage: 'x_groq',
      dropParams: drop('logit_bias', ...penalties),
      // console.groq.com/docs/service-tiers.
      serviceTiers: { default: 'on_demand', flex: 'flex' },
      refuseParams: refuse('n', 'logprobs', 'top_logprobs'),
      refusals: [...groqRefusals, ...commonRefusals],
      variants: [
        // console.groq.com/docs/structured-outputs and /docs/reasoning.
        { model: /gpt-oss|kimi-k2|llama-4/, profile: { jsonSchema: 'native' } },
        // The others do their best.
        { model: /gpt-oss/, profile: { enforced: structure } },
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
      costPath: { path: 'usage.cost', perUsd: 1 },
      refusals: [...openrouterRefusals, ...commonRefusals],
      embeddings: true,
    },
  ),
  cerebras: row(
    'cerebras',
    { key: 'CEREBRAS_API_KEY', baseURL: 'https://api.cerebras.ai/v1' },
    {
      ...textOnly,
      // inference-docs.cerebras.ai/capabilities/structured-outputs.
      enforced: structure,
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
  ollama: row(
    'ollama',
    { key: null, baseURL: 'http://localhost:11434/v1' },
    {
      ...noAttachments,
      // Its server's own words: "image URLs are not currently supported, please use base64 encoded data instead".
      fetchesMedia: false,
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

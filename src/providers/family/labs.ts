// What servers take and how they answer: the vendors' API references as of 2026-11 and recorded traffic. What no recording
// shows is the vendor's word or common knowledge, and may be replaced by the `profile` option.
import { usualImages } from '../shared/media/limits.ts'
import { asGiven } from './base.ts'
import {
  cohereRefusals,
  commonRefusals,
  deepseekRefusals,
  moonshotRefusals,
  qwenRefusals,
  xaiRefusals,
  zaiRefusals,
} from './failure.ts'
import { drop, noAttachments, penalties, refuse, row, textOnly, usualTools } from './row.ts'
import { structure } from '../shared/schema/dialect.ts'
import type { FamilyRow } from './row.ts'

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

/** Vendors of models of their own. */
export const labs = {
  xai: row(
    'xai',
    { key: 'XAI_API_KEY', baseURL: 'https://api.x.ai/v1' },
    {
      ...noAttachments,
      // docs.x.ai/docs/guides/image-understanding.
      mediaLimits: { imageTypes: ['image/jpeg', 'image/png'] },
      messageNames: true,
      maxTokensField: 'max_completion_tokens',
      openToolSchemas: true,
      // docs.x.ai/developers/model-capabilities/text/structured-outputs; the same goes for every tool, strict or not.
      enforced: [...structure, 'const', 'format'],
      enforcedFormats: ['date', 'time', 'date-time', 'email', 'uuid', 'ipv4'],
      recursiveSchemas: false,
      strictTools: true,
      effort: asGiven('none', 'low', 'medium', 'high'),
      dropParams: drop('logit_bias'),
      // docs.x.ai/developers/advanced-api-usage/priority-processing.
      serviceTiers: { default: 'default', priority: 'priority' },
      reasoningOutside: true,
      cachedOutside: true,
      // A tick is a ten-billionth of a dollar, as recorded bills against the price list show.
      costPath: { path: 'usage.cost_in_usd_ticks', perUsd: 1e10 },
      refusals: [...xaiRefusals, ...commonRefusals],
      variants: [
        { model: /^grok-3/, profile: { dropParams: drop('presence_penalty', 'logit_bias') } },
        {
          model: /^grok-(?:3-mini|4|build|code)/,
          profile: { dropParams: drop(...penalties, 'logit_bias'), refuseParams: refuse('stop') },
        },
        { model: /non-reasoning/, profile: { refuseParams: refuse() } },
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
      imageDetail: false,
      messageNames: true,
      ...usualTools,
      flatText: true,
      // With tools, V4 refuses a conversation in which an assistant message lacks the field.
      echoReasoning: 'always',
      reasoningForbidsForcedTools: true,
      // api-docs.deepseek.com/guides/thinking_mode: taken there, without effect.
      idleWhileReasoning: penalties,
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
      // api-docs.deepseek.com/guides/json_mode: it "may occasionally return empty content".
      looseJsonObject: true,
      dropParams: drop('seed', 'logit_bias', 'user'),
      refuseParams: refuse('n'),
      refusals: [...deepseekRefusals, ...commonRefusals],
      variants: [
        { model: /^deepseek-flash|vision|-vl/, profile: { imageInput: true } },
        {
          model: /^deepseek-(?:chat|coder)/,
          profile: { echoReasoning: 'never', reasoningForbidsForcedTools: false, idleWhileReasoning: [] },
        },
        {
          model: /^deepseek-(?:reasoner|r1)/,
          profile: {
            echoReasoning: 'never',
            dropParams: drop('seed', 'user', ...sampling),
            refuseParams: refuse('n', 'logprobs', 'top_logprobs'),
          },
        },
      ],
    },
  ),
  cohere: row(
    'cohere',
    { key: 'COHERE_API_KEY', baseURL: 'https://api.cohere.com/v2' },
    {
      ...noAttachments,
      wire: 'cohere',
      // docs.cohere.com/docs/structured-outputs: names, types and what is required are guaranteed.
      enforced: ['type', 'properties', 'required', 'items'],
      strictTools: true,
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
      embeddings: true,
    },
  ),
  moonshot: row(
    'moonshot',
    { key: 'MOONSHOT_API_KEY', baseURL: 'https://api.moonshot.ai/v1' },
    {
      ...noAttachments,
      ...usualTools,
      // platform.moonshot.ai/docs/guide/use-kimi-vision-model: base64, or files of its own (`ms://`).
      mediaLimits: { imageTypes: usualImages },
      fetchesMedia: false,
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
      // alibabacloud.com/help/en/model-studio/embedding-interfaces-compatible-with-openai, 2026-11.
      embeddings: true,
      embeddingInputs: 10,
      embeddingTokens: false,
    },
  ),
  zai: row(
    'zai',
    { key: 'ZAI_API_KEY', baseURL: 'https://api.z.ai/api/paas/v4' },
    {
      ...noAttachments,
      ...usualTools,
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
} as const satisfies Readonly<Record<string, FamilyRow>>

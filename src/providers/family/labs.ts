// What servers take and how they answer: the vendors' API references as of 2026-11 and recorded traffic. What no recording
// shows is the vendor's word or common knowledge, and may be replaced by the `profile` option.
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
import { drop, noAttachments, penalties, refuse, row, textOnly } from './row.ts'
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
} as const satisfies Readonly<Record<string, FamilyRow>>

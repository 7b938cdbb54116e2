import { drops, on, plain, sends } from './cells.ts'
import type { Cells, Row } from './cells.ts'

const haiku = 'us.anthropic.claude-haiku-4-5-20251001-v1:0'
const nova = 'us.amazon.nova-2-lite-v1:0'
const gptOss = 'openai.gpt-oss-120b-1:0'
const lost = drops('reasoning_effort')

const chat = (effort: string): Cells => [lost, on('gpt-6-luna', sends({ reasoning_effort: effort }))]
const adaptive = { type: 'adaptive', display: 'summarized' }
const budget = (budget_tokens: number) => ({ type: 'enabled', budget_tokens })
const thinking = (thinkingConfig: object) => ({ generationConfig: { thinkingConfig } })
const level = (thinkingLevel: string) => thinking({ thinkingLevel, includeThoughts: true })
const tokens = (thinkingBudget: number) => thinking({ thinkingBudget, includeThoughts: true })
const more = (fields: object) => ({ additionalModelRequestFields: fields })
const claude = (effort: string, fields: object = {}) => ({ thinking: adaptive, output_config: { effort }, ...fields })

/** What Gemini makes of an effort: a level from generation 3 on, tokens before. */
const gemini = (name: string, count: number): Cells => [sends(level(name)), on('gemini-2.5-flash', sends(tokens(count)))]

/** What Bedrock's families make of an effort: a level of Claude's, tokens of an older one, a level of Nova's, and of gpt-oss. */
const families = (effort: string, count: number, common: string): Cells => [
  sends(more(claude(effort))),
  on(haiku, sends(more({ thinking: budget(count) }))),
  on(nova, sends(more({ reasoningConfig: { type: 'enabled', maxReasoningEffort: common } }))),
  on(gptOss, sends(more({ reasoning_effort: common }))),
]

/** Mistral's levels: the small and medium models know two, the newest large one three. */
const mistral = (pair: readonly [string, 'exact' | 'nearest'], large: readonly [string, 'exact' | 'nearest']): Cells => {
  const cell = ([effort, how]: readonly [string, string]) => sends({ reasoning_effort: effort }, how === 'exact' ? {} : lost)
  return [cell(pair), on('mistral-large-4', cell(large)), on('ministral-8b-2512', lost)]
}

/** How much the model thinks first. */
export const reasoning: readonly Row[] = [
  {
    name: 'reasoning_effort none',
    request: { reasoning_effort: 'none' },
    cells: {
      openai: chat('none'),
      'openai responses': sends({ reasoning: { effort: 'none' } }),
      azure: chat('none'),
      anthropic: [
        // It goes on thinking between calls of tools.
        sends({ thinking: { type: 'between_tools' } }),
        on('claude-opus-5', sends({ thinking: { type: 'disabled' } })),
        // It cannot be told not to; this is the nearest.
        on('claude-opus-5-5', sends({ output_config: { effort: 'low' } }, lost)),
        on('claude-haiku-4-5', plain),
      ],
      google: [
        sends(thinking({ thinkingLevel: 'LOW' }), lost),
        on('gemini-2.5-flash', sends(thinking({ thinkingBudget: 0 }))),
        on('gemini-2.5-pro', sends(thinking({ thinkingBudget: 128 }), lost)),
      ],
      vertex: [sends(thinking({ thinkingLevel: 'LOW' }), lost), on('gemini-2.5-flash', sends(thinking({ thinkingBudget: 0 })))],
      mistral: [
        sends({ reasoning_effort: 'none' }),
        on('mistral-large-4', sends({ reasoning_effort: 'low' }, lost)),
        on('ministral-8b-2512', plain),
      ],
      bedrock: [
        sends(more({ output_config: { effort: 'low' } }), lost),
        on(haiku, plain),
        on(nova, sends(more({ reasoningConfig: { type: 'disabled' } }))),
        on(gptOss, lost),
      ],
      xai: [sends({ reasoning_effort: 'none' }), on('grok-4.20', lost)],
      deepseek: sends({ thinking: { type: 'disabled' } }),
      perplexity: lost,
      replicate: drops('reasoning_effort'),
      'm365-copilot': drops('reasoning_effort'),
      'github-copilot': drops('reasoning_effort'),
    },
  },
  {
    name: 'reasoning_effort minimal',
    request: { reasoning_effort: 'minimal' },
    cells: {
      openai: chat('minimal'),
      'openai responses': sends({ reasoning: { effort: 'minimal' } }),
      azure: chat('minimal'),
      anthropic: [sends(claude('low')), on('claude-haiku-4-5', sends({ thinking: budget(1024) }))],
      google: [...[gemini('LOW', 1024)].flat(), on('gemini-3.5-flash', sends(level('MINIMAL')))],
      vertex: gemini('LOW', 1024),
      mistral: mistral(['none', 'nearest'], ['low', 'nearest']),
      bedrock: families('low', 1024, 'low'),
      xai: lost,
      deepseek: sends({ thinking: { type: 'enabled' }, reasoning_effort: 'low' }),
      perplexity: sends({ reasoning: { effort: 'minimal' } }),
      replicate: drops('reasoning_effort'),
      'm365-copilot': drops('reasoning_effort'),
      'github-copilot': sends({ reasoningEffort: 'low' }),
    },
  },
  {
    name: 'reasoning_effort low',
    request: { reasoning_effort: 'low' },
    cells: {
      openai: chat('low'),
      'openai responses': sends({ reasoning: { effort: 'low' } }),
      azure: chat('low'),
      anthropic: [sends(claude('low')), on('claude-haiku-4-5', sends({ thinking: budget(2048) }))],
      google: gemini('LOW', 1024),
      vertex: gemini('LOW', 1024),
      mistral: mistral(['high', 'nearest'], ['low', 'exact']),
      bedrock: families('low', 2048, 'low'),
      xai: [sends({ reasoning_effort: 'low' }), on('grok-4.20', lost)],
      deepseek: sends({ thinking: { type: 'enabled' }, reasoning_effort: 'low' }),
      perplexity: sends({ reasoning: { effort: 'low' } }),
      replicate: drops('reasoning_effort'),
      'm365-copilot': drops('reasoning_effort'),
      'github-copilot': sends({ reasoningEffort: 'low' }),
    },
  },
  {
    name: 'reasoning_effort medium',
    request: { reasoning_effort: 'medium' },
    cells: {
      openai: chat('medium'),
      'openai responses': sends({ reasoning: { effort: 'medium' } }),
      azure: chat('medium'),
      anthropic: [sends(claude('medium')), on('claude-haiku-4-5', sends({ thinking: budget(8192) }))],
      google: gemini('MEDIUM', 8192),
      vertex: gemini('MEDIUM', 8192),
      mistral: mistral(['high', 'nearest'], ['medium', 'exact']),
      bedrock: families('medium', 8192, 'medium'),
      xai: sends({ reasoning_effort: 'medium' }),
      deepseek: sends({ thinking: { type: 'enabled' }, reasoning_effort: 'medium' }),
      perplexity: sends({ reasoning: { effort: 'medium' } }),
      replicate: drops('reasoning_effort'),
      'm365-copilot': drops('reasoning_effort'),
      'github-copilot': sends({ reasoningEffort: 'medium' }),
    },
  },
  {
    name: 'reasoning_effort high',
    request: { reasoning_effort: 'high' },
    cells: {
      openai: chat('high'),
      'openai responses': sends({ reasoning: { effort: 'high' } }),
      azure: chat('high'),
      anthropic: [sends(claude('high')), on('claude-haiku-4-5', sends({ thinking: budget(16_384) }))],
      google: gemini('HIGH', 24_576),
      vertex: gemini('HIGH', 24_576),
      mistral: mistral(['high', 'exact'], ['high', 'exact']),
      bedrock: families('high', 16_384, 'high'),
      xai: [sends({ reasoning_effort: 'high' }), on('grok-4.20', lost)],
      deepseek: sends({ thinking: { type: 'enabled' }, reasoning_effort: 'high' }),
      perplexity: sends({ reasoning: { effort: 'high' } }),
      replicate: drops('reasoning_effort'),
      'm365-copilot': drops('reasoning_effort'),
      'github-copilot': sends({ reasoningEffort: 'high' }),
    },
  },
  {
    name: 'reasoning_effort xhigh',
    request: { reasoning_effort: 'xhigh' },
    cells: {
      openai: chat('xhigh'),
      'openai responses': sends({ reasoning: { effort: 'xhigh' } }),
      azure: chat('xhigh'),
      // The strongest level below, where a model lacks this one.
      anthropic: [sends(claude('xhigh')), on('claude-opus-4-6', sends(claude('high')))],
      google: gemini('HIGH', 24_576),
      vertex: gemini('HIGH', 24_576),
      mistral: mistral(['high', 'nearest'], ['high', 'nearest']),
      bedrock: families('xhigh', 32_768, 'high'),
      xai: [sends({ reasoning_effort: 'xhigh' }), on('grok-4.3', lost)],
      deepseek: sends({ thinking: { type: 'enabled' }, reasoning_effort: 'max' }),
      perplexity: sends({ reasoning: { effort: 'xhigh' } }),
      replicate: drops('reasoning_effort'),
      'm365-copilot': drops('reasoning_effort'),
      'github-copilot': sends({ reasoningEffort: 'xhigh' }),
    },
  },
  {
    name: 'reasoning_effort max',
    request: { reasoning_effort: 'max' },
    cells: {
      openai: chat('max'),
      'openai responses': sends({ reasoning: { effort: 'max' } }),
      azure: chat('max'),
      anthropic: [sends(claude('max')), on('claude-haiku-4-5', sends({ thinking: budget(32_768) }))],
      google: gemini('HIGH', 24_576),
      vertex: gemini('HIGH', 24_576),
      mistral: mistral(['high', 'nearest'], ['high', 'nearest']),
      bedrock: families('max', 32_768, 'high'),
      xai: lost,
      deepseek: sends({ thinking: { type: 'enabled' }, reasoning_effort: 'max' }),
      perplexity: sends({ reasoning: { effort: 'max' } }),
      replicate: drops('reasoning_effort'),
      'm365-copilot': drops('reasoning_effort'),
      'github-copilot': sends({ reasoningEffort: 'max' }),
    },
  },
]

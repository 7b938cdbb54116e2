import type { ChatMessage, ChatRequest } from '../../src/contracts/chat.ts'

/** The fields of a request but for those that every request has. */
export type Asked = Partial<Omit<ChatRequest, 'model' | 'stream'>>

/** One thing that a request may ask for. */
export interface Feature {
  /** What it is called on the page, Markdown. */
  readonly name: string
  /** Which of several forms of it, Markdown: a level of effort, a kind of tool choice. */
  readonly form?: string
  /** The field as an adapter names it where it leaves it out. */
  readonly field: string
  /** What a plain request is given to ask for it. */
  readonly request: Asked
}

const question = { role: 'user' as const, content: 'How many continents are there?' } satisfies ChatMessage
/** What every request here begins with. */
export const plain = { messages: [question] } satisfies Asked

const weather = {
  name: 'weather',
  description: 'The weather at a place.',
  parameters: { type: 'object', properties: { place: { type: 'string' } }, required: ['place'], additionalProperties: false },
}
const tool = { type: 'function' as const, function: weather }
const other = { ...tool, function: { ...weather, name: 'tides', description: 'The tides at a place.' } }

const count = { type: 'object', properties: { count: { type: 'integer' } }, required: ['count'], additionalProperties: false }
const bounded = { ...count, properties: { count: { type: 'integer', minimum: 1, maximum: 9 } } }

function promising(schema: Record<string, unknown>, strict: boolean): Asked {
  return { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict } } }
}

type Part = Extract<Extract<ChatMessage, { role: 'user' }>['content'], readonly unknown[]>[number]

function about(part: Part): Asked {
  return { messages: [{ role: 'user', content: [{ type: 'text', text: question.content }, part] }] }
}

// One pixel, an empty document and no sound at all: nobody reads them here.
const png = 'data:image/png;base64,iVBORw0KGgo='
const pdf = 'data:application/pdf;base64,JVBERi0='
const wav = 'UklGRiQAAABXQVZF'

function feature(field: string, request: Asked): Feature {
  return { name: `\`${field}\``, field, request }
}

/** A field with several values that are not all alike. */
function forms(field: string, requests: Readonly<Record<string, Asked>>): readonly Feature[] {
  return Object.entries(requests).map(([form, request]) => ({ ...feature(field, request), form: `\`${form}\`` }))
}

const withTools = { tools: [tool, other] } satisfies Asked
const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const
const tiers = ['flex', 'priority', 'fast'] as const

/** What stands in messages. */
const messages: readonly Feature[] = [
  {
    name: 'conversations',
    field: 'messages',
    request: {
      messages: [
        { role: 'system', content: 'Be brief.' },
        question,
        { role: 'assistant', content: 'Seven.' },
        { role: 'user', content: 'And oceans?' },
      ],
    },
  },
  { name: '`name` of messages', field: 'messages[].name', request: { messages: [{ ...question, name: 'ada' }] } },
  {
    name: 'images',
    form: '`data:`',
    field: 'messages[].content[].image_url',
    request: about({ type: 'image_url', image_url: { url: png } }),
  },
  {
    name: 'images',
    form: 'web address',
    field: 'messages[].content[].image_url',
    request: about({ type: 'image_url', image_url: { url: 'https://example.com/map.png' } }),
  },
  {
    name: '`detail` of images',
    field: 'messages[].content[].image_url.detail',
    request: about({ type: 'image_url', image_url: { url: png, detail: 'low' } }),
  },
  {
    name: 'files',
    form: '`data:`',
    field: 'messages[].content[].file',
    request: about({ type: 'file', file: { filename: 'map.pdf', file_data: pdf } }),
  },
  {
    name: 'files',
    form: '`file_id`',
    field: 'messages[].content[].file',
    request: about({ type: 'file', file: { file_id: 'file-1' } }),
  },
  {
    name: 'audio input',
    field: 'messages[].content[].input_audio',
    request: about({ type: 'input_audio', input_audio: { data: wav, format: 'wav' } }),
  },
]

/** Functions and the choice among them. */
const tools: readonly Feature[] = [
  feature('tools', withTools),
  { name: 'strict functions', field: 'tools', request: { tools: [{ ...tool, function: { ...weather, strict: true } }] } },
  {
    name: 'custom tools',
    field: 'tools',
    request: { tools: [{ type: 'custom', custom: { name: 'shell', description: 'Runs a command.' } }] },
  },
  {
    name: '`reasoning_effort` beside `tools`',
    field: 'reasoning_effort',
    request: { ...withTools, reasoning_effort: 'medium' },
  },
  ...forms('tool_choice', {
    none: { ...withTools, tool_choice: 'none' },
    required: { ...withTools, tool_choice: 'required' },
    named: { ...withTools, tool_choice: { type: 'function', function: { name: 'weather' } } },
    allowed_tools: {
      ...withTools,
      tool_choice: {
        type: 'allowed_tools',
        allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'weather' } }] },
      },
    },
  }),
  { ...feature('parallel_tool_calls', { ...withTools, parallel_tool_calls: false }), name: '`parallel_tool_calls: false`' },
  { ...feature('functions', { functions: [weather] }), name: 'legacy `functions`' },
]

/** What changes what the answer is. */
const answers: readonly Feature[] = [
  ...forms('response_format', {
    json_object: { response_format: { type: 'json_object' } },
    json_schema: promising(count, false),
    strict: promising(count, true),
  }),
  { ...feature('response_format', promising(bounded, true)), form: '`strict` with bounds' },
  feature('n', { n: 2 }),
  feature('stop', { stop: ['END'] }),
  feature('logprobs', { logprobs: true, top_logprobs: 2 }),
  { ...feature('audio', { modalities: ['text', 'audio'], audio: { voice: 'alloy', format: 'wav' } }), name: 'spoken answers' },
  feature('web_search_options', { web_search_options: {} }),
  feature('moderation', { moderation: { model: 'omni-moderation-latest' } }),
]

/** What only tunes, and what is for the vendor's own books. */
const settings: readonly Feature[] = [
  feature('max_completion_tokens', { max_completion_tokens: 500 }),
  feature('max_tokens', { max_tokens: 500 }),
  feature('temperature', { temperature: 0.2 }),
  feature('top_p', { top_p: 0.9 }),
  feature('seed', { seed: 7 }),
  feature('presence_penalty', { presence_penalty: 0.5 }),
  feature('frequency_penalty', { frequency_penalty: 0.5 }),
  feature('logit_bias', { logit_bias: { '50256': -100 } }),
  ...efforts.map((level) => ({ ...feature('reasoning_effort', { reasoning_effort: level }), form: `\`${level}\`` })),
  feature('verbosity', { verbosity: 'low' }),
  ...tiers.map((tier) => ({ ...feature('service_tier', { service_tier: tier }), form: `\`${tier}\`` })),
  feature('prediction', { prediction: { type: 'content', content: 'Seven.' } }),
  feature('store', { store: true }),
  feature('metadata', { metadata: { team: 'maps' } }),
  feature('user', { user: 'user-1' }),
  feature('safety_identifier', { safety_identifier: 'user-1' }),
  feature('prompt_cache_key', { prompt_cache_key: 'maps' }),
  feature('prompt_cache_retention', { prompt_cache_retention: '24h' }),
]

/** Everything that the page speaks of, in its order. */
export const features: readonly Feature[] = [...messages, ...tools, ...answers, ...settings]

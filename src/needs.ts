import type { RequestNeeds } from './contracts/audit.ts'
import type { ChatRequest } from './contracts/chat.ts'

/**
 * Fields on which it may depend who can serve a request, with a value that stands for any. Of these the trail keeps the names,
 * never the values.
 */
const telling = {
  n: 2,
  stop: ['.'],
  seed: 1,
  logprobs: true,
  top_logprobs: 1,
  logit_bias: {},
  tool_choice: 'required',
  parallel_tool_calls: false,
  reasoning_effort: 'medium',
  verbosity: 'low',
  service_tier: 'auto',
  temperature: 0.5,
  top_p: 0.5,
  frequency_penalty: 0.5,
  presence_penalty: 0.5,
  modalities: ['text', 'audio'],
  audio: { voice: 'any', format: 'wav' },
  prediction: { type: 'content', content: '.' },
  web_search_options: {},
} as const satisfies Record<string, unknown>

/** Values that ask for nothing. */
const asksNothing: Readonly<Record<string, unknown>> = { n: 1, logprobs: false, reasoning_effort: 'none' }

/** What a plan goes by, without the content. */
export function needsOf(request: ChatRequest): RequestNeeds {
  const parts = partsOf(request)
  const { tools = [], functions = [], response_format: format } = request
  const maxOutputTokens = request.max_completion_tokens ?? request.max_tokens
  const fields = fieldsOf(request)
  return {
    ...(parts.length > 0 && { parts }),
    ...(tools.length + functions.length > 0 && { tools: true }),
    ...(format !== undefined && format.type !== 'text' && { format: format.type }),
    ...(typeof maxOutputTokens === 'number' && { maxOutputTokens }),
    ...(fields.length > 0 && { fields }),
  }
}

/** A request that needs the same, with nothing in it. */
export function requestLike(model: string, needs: RequestNeeds, stream: boolean): unknown {
  const { parts = [], tools = false, format, maxOutputTokens, fields = [] } = needs
  const content = [{ type: 'text', text: '.' }, ...parts.flatMap((type) => (Object.hasOwn(partLike, type) ? [partLike[type]] : []))]
  return {
    ...Object.fromEntries(fields.flatMap((name) => (isTelling(name) ? [[name, telling[name]]] : []))),
    model,
    messages: [{ role: 'user', content }],
    stream,
    ...(tools && { tools: [{ type: 'function', function: { name: 'any', parameters: { type: 'object', properties: {} } } }] }),
    ...(format === 'json_object' && { response_format: { type: format } }),
    ...(format === 'json_schema' && {
      response_format: { type: format, json_schema: { name: 'any', schema: { type: 'object' } } },
    }),
    ...(maxOutputTokens !== undefined && { max_completion_tokens: maxOutputTokens }),
  }
}

const partLike: Readonly<Record<string, unknown>> = {
  image_url: { type: 'image_url', image_url: { url: 'https://example.com/any.png' } },
  input_audio: { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
  file: { type: 'file', file: { filename: 'any.pdf', file_data: 'data:application/pdf;base64,AAAA' } },
  video_url: { type: 'video_url', video_url: { url: 'https://example.com/any.mp4' } },
}

function partsOf({ messages }: ChatRequest): readonly string[] {
  const found = new Set<string>()
  for (const { content } of messages)
    if (Array.isArray(content)) for (const { type } of content) if (Object.hasOwn(partLike, type)) found.add(type)
  return [...found]
}

function fieldsOf(request: ChatRequest): readonly string[] {
  return Object.keys(telling).filter((name) => {
    const value: unknown = Reflect.get(request, name)
    return value !== undefined && value !== null && value !== asksNothing[name]
  })
}

function isTelling(name: string): name is keyof typeof telling {
  return Object.hasOwn(telling, name)
}

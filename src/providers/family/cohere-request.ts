import type { AdapterCall } from '../../contracts/adapter.ts'
import type { ChatRequest } from '../../contracts/chat.ts'
import { isObject, textOf } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import { adapt, choiceOf, schemaOf } from './adapt.ts'
import { messagesFor } from './messages.ts'
import { effortFor, toolsFor } from './request.ts'
import type { BodyContext } from './request.ts'

/** The body of `POST /v2/chat` (docs.cohere.com/reference/chat, 2026-11). */
export function cohereBody(
  { request, model, providerOptions }: AdapterCall,
  { profile, stateOwner, stream }: BodyContext,
): JsonObject {
  const adaptation = adapt(request, profile)
  const messages = messagesFor(request.messages, { profile, stateOwner, instruction: undefined })
  const states = request.messages.map((message): unknown => Reflect.get(message, 'tool_plan'))
  const { stop, top_p, max_completion_tokens, max_tokens, ...rest } = request
  return {
    model,
    messages: messages.map((message, index) => cohereMessage(message, states[index])),
    ...given({ ...tuned(rest), p: top_p, max_tokens: max_completion_tokens ?? max_tokens }),
    ...given({ stop_sequences: typeof stop === 'string' ? [stop] : stop }),
    ...cohereTools(request, toolsFor(request, profile)),
    ...formatFor(request),
    ...effortFor(adaptation, profile),
    stream,
    ...profile.extraBody,
    ...providerOptions,
  }
}

const known = new Set(['temperature', 'seed', 'frequency_penalty', 'presence_penalty'])
const foreign = new Set(
  `messages model stream stream_options tools tool_choice response_format reasoning_effort n user logit_bias metadata
  parallel_tool_calls prediction prompt_cache_key prompt_cache_options prompt_cache_retention safety_identifier service_tier
  store verbosity logprobs top_logprobs modalities audio functions function_call web_search_options moderation`.split(/\s+/),
)

/** Cohere's own fields (`documents`, `k`, `safety_mode`) pass through; OpenAI's others do not. */
function tuned(rest: object): JsonObject {
  return Object.fromEntries(Object.entries(rest).filter(([name]) => known.has(name) || !foreign.has(name)))
}

function given(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null))
}

function cohereMessage({ reasoning_content: thinking, ...message }: JsonObject, plan: unknown): JsonObject {
  if (message['role'] !== 'assistant') return message
  const { content, ...rest } = message
  const text = textOf(content)
  const thoughts = textOf(thinking) ?? ''
  const parts = thoughts === '' ? content : [{ type: 'thinking', thinking: thoughts }, ...(text ? [{ type: 'text', text }] : [])]
  return {
    ...rest,
    ...(parts !== null && parts !== undefined && parts !== '' && { content: parts }),
    ...(typeof plan === 'string' && plan !== '' && { tool_plan: plan }),
  }
}

/** Strictness is a switch for all tools here. */
function cohereTools({ tool_choice: choice }: ChatRequest, { tools }: JsonObject): JsonObject {
  if (!Array.isArray(tools) || tools.length === 0) return {}
  const functions = tools.flatMap((tool: unknown) => (isObject(tool) && isObject(tool['function']) ? [tool['function']] : []))
  const kind = choiceOf(choice)
  return {
    tools: functions.map(({ name, description, parameters }) => ({
      type: 'function',
      function: { name, ...(description !== undefined && { description }), parameters },
    })),
    ...(functions.some(({ strict }) => strict === true) && { strict_tools: true }),
    ...((kind === 'required' || kind === 'named') && { tool_choice: 'REQUIRED' }),
    ...(kind === 'none' && { tool_choice: 'NONE' }),
  }
}

function formatFor(request: ChatRequest): JsonObject {
  const { response_format: format } = request
  if (format?.type === 'json_object') return { response_format: { type: 'json_object' } }
  return format?.type === 'json_schema' ? { response_format: { type: 'json_object', json_schema: schemaOf(request) } } : {}
}

import type { ChatRequest } from '../../contracts/chat.ts'
import { isObject } from '../shared/json.ts'
import type { Effort, Profile } from './profile.ts'

/** What every model takes, so that asking for it asks for nothing. */
const neutral: Readonly<Record<string, unknown>> = {
  n: 1,
  temperature: 1,
  top_p: 1,
  presence_penalty: 0,
  frequency_penalty: 0,
  logprobs: false,
  top_logprobs: 0,
  parallel_tool_calls: true,
  store: false,
  service_tier: 'auto',
}

/** Whether a request says something by this field. */
export function isTuned(request: ChatRequest, field: string): boolean {
  const value: unknown = Reflect.get(request, field)
  if (value === undefined || value === null || value === neutral[field]) return false
  if (Array.isArray(value)) return value.length > 0 && !(field === 'modalities' && value.length === 1 && value[0] === 'text')
  // An empty bias is none, but a search without options is a search.
  return !isObject(value) || Object.keys(value).length > 0 || field === 'web_search_options'
}

/** The fields of a request that only tune and that the server lacks, at this level of reasoning. */
export function droppedFields(request: ChatRequest, profile: Profile, effort: Effort | undefined): readonly string[] {
  const { dropParams, idleWhileReasoning, serviceTiers } = profile
  const tier = request.service_tier ?? 'auto'
  return [
    ...dropParams.filter((field) => isTuned(request, field)),
    ...(effort === 'none' ? [] : idleWhileReasoning.filter((field) => isTuned(request, field))),
    ...(isUsual(tier) || serviceTiers[tier] !== undefined ? [] : ['service_tier']),
    ...(request.stream_options?.include_obfuscation === true ? ['stream_options.include_obfuscation'] : []),
    ...(profile.messageNames || !request.messages.some(isNamed) ? [] : ['messages[].name']),
    ...(profile.imageDetail || !request.messages.some(isDetailed) ? [] : ['messages[].content[].image_url.detail']),
  ]
}

/** A server without tiers has the usual one. */
function isUsual(tier: NonNullable<ChatRequest['service_tier']>): boolean {
  return tier === 'auto' || tier === 'default'
}

type Message = ChatRequest['messages'][number]

function isNamed(message: Message): boolean {
  return message.role !== 'function' && 'name' in message && message.name !== undefined
}

function isDetailed({ content }: Message): boolean {
  return Array.isArray(content) && content.some((part) => part.type === 'image_url' && (part.image_url.detail ?? 'auto') !== 'auto')
}

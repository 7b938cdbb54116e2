import type OpenAI from 'openai'
import type { Support } from '../../contracts/adapter.ts'
import type { ChatMessage, ChatRequest } from '../../contracts/chat.ts'
import { isObject } from '../shared/json.ts'
import { toPart, type Translated } from './media.ts'
import { thinkingFor, traitsOf } from './models.ts'
import type { Traits } from './models.ts'
import { areLabels, imageDetails, serviceTiers } from './request.ts'
import { leftBy, type Enforcement } from '../shared/schema/left.ts'
import { toolFault } from '../shared/tool-rules.ts'
import { dialect } from './schema.ts'
import { toolRules } from './tool-rules.ts'
import { functionsOf, leavesFunctionsOut, toolChoiceOf, wantsJson, wantsSearch } from './tools.ts'
import type { Dialect } from './wire.ts'

/** With a strict function among them the vendor validates calls (mode VALIDATED), which it says of forced ones anyway. */
const enforcement: Enforcement = { format: dialect, tools: dialect }

type No = Extract<Support, { readonly level: 'no' }>

/** Whether a model of this vendor can do what a request asks. Pure. */
export function supportOf(
  { request, model }: { readonly request: ChatRequest; readonly model: string },
  { backend }: Pick<Dialect, 'backend'>,
): Support {
  const traits = traitsOf(model)
  const problem = toolProblem(request, traits) ?? answerProblem(request, traits) ?? messageProblem(request, backend)
  if (problem !== undefined) return problem
  // Kept exactly: of several calls only the first is handed over, and the model never learns of the others.
  const level = request.parallel_tool_calls === false && functionsOf(request).length > 0 ? 'emulated' : 'yes'
  const unenforced = leftBy(enforcement, leavesFunctionsOut(request, traits) ? { ...request, tools: [] } : request)
  if ('level' in unenforced) return unenforced
  return { level, dropped: droppedFields(request, { traits, backend }), ...(unenforced.length > 0 && { unenforced }) }
}

function no(field: string, reason: string): No {
  return { level: 'no', field, reason }
}

/** What the request asks for, as far as tools go, and this model lacks. */
function toolProblem(request: ChatRequest, traits: Traits): No | undefined {
  const custom = request.tools?.findIndex(({ type }) => type !== 'function') ?? -1
  if (custom !== -1) return no(`tools[${custom}]`, 'custom tools have no counterpart here')
  const choice = toolChoiceOf(request)
  if (typeof choice === 'object' && choice.type === 'custom') return no('tool_choice', 'custom tools have no counterpart here')
  if (functionsOf(request).length === 0 || leavesFunctionsOut(request, traits)) return undefined
  if (!traits.tools) return no(request.tools === undefined ? 'functions' : 'tools', 'the model calls no functions')
  const fault = toolFault(request, toolRules)
  if (fault !== undefined) return no(fault.field, fault.reason)
  return mixtureProblem(request, traits)
}

function mixtureProblem(request: ChatRequest, { toolsWithJson, toolsWithSearch }: Traits): No | undefined {
  if (wantsJson(request) && !toolsWithJson) return no('response_format', 'the model gives no JSON answer while it has functions')
  if (wantsSearch(request) && !toolsWithSearch) return no('web_search_options', 'the model does not search while it has functions')
  return undefined
}

function answerProblem(request: ChatRequest, traits: Traits): No | undefined {
  const modalities: readonly string[] = request.modalities ?? []
  const strange = modalities.find((modality) => modality !== 'text' && modality !== 'image')
  if (strange !== undefined) return no('modalities', `answers as '${strange}' are not supported`)
  if (isSet(request.audio)) return no('audio', 'spoken answers are not supported')
  // Safety settings block; nobody gets to see their verdict, which is what the field asks for.
  if (isSet(request.moderation)) return no('moderation', 'this vendor reports no moderation')
  if (wantsJson(request) && !traits.json) return no('response_format', 'the model has no JSON mode')
  if (wantsSearch(request) && traits.generation === 0) return no('web_search_options', 'the model does not search')
  return countProblem(request)
}

function countProblem({ n, stop, stream, top_logprobs: top }: ChatRequest): No | undefined {
  if ((n ?? 1) > 8) return no('n', 'at most 8 candidates')
  // Streamed candidates come in chunks of their own without a promise that each of them ends.
  if ((n ?? 1) > 1 && stream === true) return no('n', 'several candidates cannot be streamed')
  if (Array.isArray(stop) && stop.length > 5) return no('stop', 'at most 5 stop sequences')
  if ((top ?? 0) > 20) return no('top_logprobs', 'at most 20')
  return undefined
}

function messageProblem({ messages }: ChatRequest, backend: Dialect['backend']): No | undefined {
  for (const [at, message] of messages.entries()) {
    for (const [index, problem] of partProblems(message, backend).entries()) {
      if (problem !== undefined) return no(`messages[${at}].content[${index}].${problem.field}`, problem.reason)
    }
  }
  return undefined
}

function partProblems(message: ChatMessage, backend: Dialect['backend']): readonly (PartProblem | undefined)[] {
  if (!Array.isArray(message.content)) return []
  if (message.role !== 'user') return message.content.map((part) => textProblem(part, message.role))
  return typeof message.content === 'string' ? [] : message.content.map((part) => userPartProblem(part, backend))
}

type PartProblem = Extract<Translated, { readonly reason: string }>

function userPartProblem(part: OpenAI.ChatCompletionContentPart, backend: Dialect['backend']): PartProblem | undefined {
  const translated = toPart(part, backend)
  return 'reason' in translated ? translated : undefined
}

/** What is not the user's goes out as text alone. */
function textProblem({ type }: { readonly type: string }, role: ChatMessage['role']): PartProblem | undefined {
  if (type === 'text' || (role === 'assistant' && type === 'refusal')) return undefined
  return { field: 'type', reason: `parts of type '${type.slice(0, 40)}' are not supported in messages of role '${role}'` }
}

/** Fields that only tune and that have no counterpart here at all. */
const absent = [
  'logit_bias',
  'prediction',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'safety_identifier',
  'user',
  'verbosity',
] as const satisfies readonly (keyof ChatRequest)[]

interface Served {
  readonly traits: Traits
  readonly backend: Dialect['backend']
}

function droppedFields(request: ChatRequest, served: Served): readonly string[] {
  const { stream_options: streaming, web_search_options: search } = request
  const finer = {
    'stream_options.include_obfuscation': isSet(streaming?.include_obfuscation),
    'web_search_options.search_context_size': isSet(search?.search_context_size),
    'web_search_options.user_location': isSet(search?.user_location),
  }
  return [
    ...absent.filter((field) => isSet(request[field]) && !isEmpty(request[field])),
    ...droppedSettings(request, served),
    ...namesOf(finer),
    ...droppedInMessages(request),
  ]
}

/** The names of those that are true. */
function namesOf(conditions: Readonly<Record<string, boolean>>): readonly string[] {
  const names: string[] = []
  for (const name in conditions) if (conditions[name] === true) names.push(name)
  return names
}

/** Fields that some of the models, or one of the two services, can do something with. */
function droppedSettings(request: ChatRequest, { traits, backend }: Served): readonly string[] {
  const { metadata, reasoning_effort: effort, service_tier: tier } = request
  return namesOf({
    // 0 is what a model without penalties does anyway.
    frequency_penalty: !traits.penalties && (request.frequency_penalty ?? 0) !== 0,
    presence_penalty: !traits.penalties && (request.presence_penalty ?? 0) !== 0,
    reasoning_effort: isSet(effort) && !thinkingFor(effort, traits).exact,
    service_tier: isSet(tier) && tier !== 'auto' && serviceTiers[tier] === undefined,
    metadata: isSet(metadata) && !(backend === 'vertex' && areLabels(metadata)),
    store: backend === 'vertex' && isSet(request.store),
  })
}

function droppedInMessages(request: ChatRequest): readonly string[] {
  const details = imageDetails(request)
  const isNamed = request.messages.some((message) => message.role !== 'function' && 'name' in message && isSet(message.name))
  const finer = [
    ...(isNamed ? ['messages[].name'] : []),
    // The sound of an earlier answer is known to its vendor alone.
    ...request.messages.flatMap((message, at) =>
      message.role === 'assistant' && isSet(message.audio) ? [`messages[${at}].audio`] : [],
    ),
  ]
  return details.size > 1 || details.has('original') ? [...finer, 'messages[].content[].image_url.detail'] : finer
}

/** An empty bias is none. */
function isEmpty(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 0
}

function isSet<Value>(value: Value): value is NonNullable<Value> {
  return value !== undefined && value !== null
}

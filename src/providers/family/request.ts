import type { AdapterCall } from '../../contracts/adapter.ts'
import type { ChatRequest } from '../../contracts/chat.ts'
import { isObject } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import { compileSchema } from '../shared/schema/compile.ts'
import { asItIs, type Dialect } from '../shared/schema/dialect.ts'
import { adapt, choiceOf, schemaOf } from './adapt.ts'
import type { Adaptation } from './adapt.ts'
import { messagesFor } from './messages.ts'
import type { Profile } from './profile.ts'

/** What a body depends on beside the call. */
export interface BodyContext {
  readonly profile: Profile
  readonly stateOwner: string
  readonly stream: boolean
}

/** The body of `POST /chat/completions`. What no profile speaks of passes through. */
export function chatBody(
  { request, model, providerOptions }: AdapterCall,
  { profile, stateOwner, stream }: BodyContext,
): JsonObject {
  const adaptation = adapt(request, profile)
  const instruction = instructionFor(request, adaptation)
  const { messages, max_tokens, max_completion_tokens, ...rest } = request
  const body: Record<string, unknown> = { ...rest, model, messages: messagesFor(messages, { profile, stateOwner, instruction }) }
  for (const field of gone) delete body[field]
  for (const field of [...profile.dropParams, ...profile.refuseParams, ...adaptation.dropped]) delete body[field]
  const limit = max_completion_tokens ?? max_tokens
  if (limit !== undefined && limit !== null) body[profile.maxTokensField] = limit
  // A string alone is OpenAI's short form of a list of one.
  if (typeof request.stop === 'string') body['stop'] = [request.stop]
  const tier = profile.serviceTiers[request.service_tier ?? 'auto']
  if (tier !== undefined) body['service_tier'] = tier
  Object.assign(body, toolsFor(request, profile), formatFor(request, adaptation), effortFor(adaptation, profile))
  if (stream) body['stream'] = true
  if (stream && profile.streamUsage !== 'always') body['stream_options'] = { include_usage: true }
  return { ...body, ...profile.extraBody, ...providerOptions }
}

/** Fields that are written anew below, or not at all. */
const gone = ['stream', 'stream_options', 'reasoning_effort', 'response_format', 'tools', 'tool_choice', 'service_tier'] as const

/** What the body says about reasoning. */
export function effortFor({ effort }: Adaptation, profile: Profile): JsonObject {
  return effort === undefined ? {} : (profile.effort[effort] ?? {})
}

/** What an instruction has to ask for. */
function instructionFor(request: ChatRequest, { format }: Adaptation): string | undefined {
  const schema = schemaOf(request)
  if (format === 'as it is') return undefined
  if (schema === undefined) return 'Answer with one JSON object and nothing else.'
  return `Answer with one JSON object that keeps to this JSON Schema, and nothing else:\n${JSON.stringify(schema)}`
}

function formatFor({ response_format }: ChatRequest, { format }: Adaptation): JsonObject {
  if (response_format === undefined || response_format === null || format === 'prompt') return {}
  return { response_format: format === 'json_object' ? { type: 'json_object' } : response_format }
}

/** Tools and the choice among them. */
export function toolsFor(request: ChatRequest, profile: Profile): JsonObject {
  const { tools, tool_choice: choice } = request
  if (tools === undefined || tools.length === 0) return {}
  const allowed = allowedNames(choice, profile)
  const kept = allowed === undefined ? tools : tools.filter((tool) => tool.type === 'function' && allowed.has(tool.function.name))
  const kind = choiceOf(choice)
  const sent = kept.map((tool) => declared(tool, profile))
  if (kind === undefined) return { tools: sent }
  if (kind === 'named' && allowed !== undefined) return { tools: sent, tool_choice: 'required' }
  if (!profile.toolChoiceSubset.includes(kind)) return kind === 'none' ? {} : { tools: sent }
  return { tools: sent, tool_choice: allowed === undefined ? choice : kind }
}

/** The only tools that may be called; `undefined` where all may. */
function allowedNames(choice: ChatRequest['tool_choice'], { toolChoiceSubset }: Profile): ReadonlySet<unknown> | undefined {
  if (typeof choice !== 'object') return undefined
  if (choice.type === 'allowed_tools') return namesOf(choice.allowed_tools.tools)
  return choice.type === 'function' && !toolChoiceSubset.includes('named') ? new Set([choice.function.name]) : undefined
}

function namesOf(tools: readonly Readonly<Record<string, unknown>>[]): ReadonlySet<unknown> {
  return new Set(tools.map((tool) => (isObject(tool['function']) ? tool['function']['name'] : undefined)))
}

/** OpenAI takes missing parameters for none; other servers want that said. */
function declared(tool: NonNullable<ChatRequest['tools']>[number], { openToolSchemas }: Profile): JsonObject {
  if (tool.type !== 'function') return { ...tool }
  const { parameters = { type: 'object', properties: {} } } = tool.function
  return { ...tool, function: { ...tool.function, parameters: openToolSchemas ? opened(parameters) : parameters } }
}

/** Objects are closed there unless they say otherwise, and must not say so. */
const open: Dialect = asItIs([], { objects: 'closed unsaid' })

function opened(parameters: unknown): unknown {
  const compiled = compileSchema(parameters, open)
  return 'schema' in compiled ? compiled.schema : parameters
}

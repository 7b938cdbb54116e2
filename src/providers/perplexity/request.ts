import type { ModelCard } from '../../contracts/catalog.ts'
import type { ChatRequest } from '../../contracts/chat.ts'
import { isObject, textOf } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import { modern } from '../shared/legacy.ts'
import { inputItems } from '../shared/responses/input.ts'
import { limitOf, merged } from '../shared/responses/request.ts'
import { textOfItems } from '../shared/responses/state.ts'
import { toolChoiceOf, toolsOf } from '../shared/responses/tools.ts'
import { objectsOf, present } from '../shared/responses/wire.ts'
import { passing } from './fields.ts'
import { searchTool } from './search.ts'

/** For whom a body is made. */
export interface BodyParts {
  readonly model: string
  readonly card: ModelCard | undefined
  readonly owner: string
  readonly stream: boolean
  readonly providerOptions?: JsonObject | undefined
}

/** The body of `POST /v1/responses`, with no field in it that the vendor does not know. */
export function agentBody(asked: ChatRequest, parts: BodyParts): JsonObject {
  const request = modern(asked)
  const { model, card, owner, stream, providerOptions = {} } = parts
  const effort = request.reasoning_effort === 'none' ? undefined : (request.reasoning_effort ?? undefined)
  const body = present({
    ...modelOf(model),
    input: inputItems(request.messages, { owner, sparse: true, replay }),
    ...Object.fromEntries(Object.entries(request).filter(([field]) => passing.some((name) => name === field))),
    max_output_tokens: limitOf(request) ?? demandedLimit(model, card),
    reasoning: effort === undefined ? undefined : { effort },
    response_format: formatOf(request),
    ...toolParams(request),
    store: request.store ?? false,
    stream: stream || undefined,
  })
  return merged(body, providerOptions)
}

/** A bundle of model, tools and instructions that the vendor has put together: `preset/low` and so on. */
const preset = /^preset\/(.+)$/

function modelOf(model: string): JsonObject {
  const name = preset.exec(model)?.[1]
  return name === undefined ? { model } : { preset: name }
}

/** For one vendor's models a limit is demanded; OpenAI's default is none, so it is the most that the model can write. */
function demandedLimit(model: string, card: ModelCard | undefined): number | undefined {
  return model.startsWith('anthropic/') ? (card?.maxOutput ?? 32_000) : undefined
}

/** A schema is the only form of answer that can be asked for; any object has one too. */
function formatOf({ response_format: format }: ChatRequest): JsonObject | undefined {
  if (format?.type === 'json_object') return { type: 'json_schema', json_schema: { name: 'object', schema: { type: 'object' } } }
  if (format?.type !== 'json_schema') return undefined
  const { name, schema = {}, strict, description } = format.json_schema
  return { type: 'json_schema', json_schema: present({ name, schema, strict, description }) }
}

function toolParams(request: ChatRequest): JsonObject {
  const { web_search_options: _, ...withoutSearch } = request
  const choice = toolChoiceOf(request)
  const functions = toolsOf(withoutSearch).filter(({ name }) => isAllowed(name, choice))
  const search = searchTool(request)
  const tools = search === undefined ? functions : [...functions, search]
  if (tools.length === 0) return {}
  return { tools, tool_choice: wireChoice(choice) }
}

function isAllowed(name: unknown, choice: unknown): boolean {
  if (!isObject(choice) || choice['type'] !== 'allowed_tools') return true
  return objectsOf(choice['tools']).some((tool) => tool['name'] === name)
}

/** A named choice is a name and nothing else; a list of allowed tools has been applied to the tools themselves. */
function wireChoice(choice: unknown): unknown {
  if (!isObject(choice)) return choice
  if (choice['type'] === 'allowed_tools') return choice['mode']
  return choice['type'] === 'function' ? { name: choice['name'] } : choice
}

/** What goes back of an item: calls with their signatures, and text. */
function replay(item: JsonObject): JsonObject | undefined {
  const { type, call_id, name, arguments: json, thought_signature } = item
  if (type === 'function_call') return present({ type, call_id, name, arguments: textOf(json) || '{}', thought_signature })
  return type === 'message' ? { type, role: 'assistant', content: textOfItems([item]) } : undefined
}

import type Anthropic from '@anthropic-ai/sdk'
import type { ChatRequest } from '../../contracts/chat.ts'
import { unreachable } from '../../errors.ts'
import { isObject, type JsonObject } from '../shared/json.ts'
import { cacheControl } from './content.ts'
import { listOf } from '../shared/guards.ts'
import type { ModelRules } from './models.ts'
import { unsupported, type Notes } from '../shared/notes.ts'
import { compileSchema } from './schema.ts'

/** The parts of the body that concern tools. */
export interface ToolParams {
  readonly tools?: readonly Anthropic.ToolUnion[]
  readonly tool_choice?: Anthropic.ToolChoice
}

type ToolFunction = {
  readonly name: string
  readonly description?: string
  readonly parameters?: unknown
  readonly strict?: unknown
}

/** Tools, the choice among them and web search. */
export function toolParams(request: ChatRequest, rules: ModelRules, notes: Notes): ToolParams {
  const functions = [...declared(request, rules), ...legacy(request)]
  const choice = choiceOf(request)
  const allowed = choice.only === undefined ? functions : functions.filter(({ name }) => choice.only?.includes(name))
  const search = webSearch(request, rules, notes)
  const tools = search === undefined ? allowed : [...allowed, search]
  if (tools.length === 0) return {}
  const forced = choice.type === 'any' || choice.type === 'tool'
  if (forced && rules.forcedTools === 'no') {
    throw unsupported(
      request.function_call === undefined ? 'tool_choice' : 'function_call',
      'the model cannot be forced to call a tool',
    )
  }
  const tool_choice = toolChoice(choice, request)
  return tool_choice === undefined ? { tools } : { tools, tool_choice }
}

function declared({ tools }: ChatRequest, rules: ModelRules): Anthropic.Tool[] {
  return (tools ?? []).map((tool, index) => {
    if (tool.type !== 'function') throw unsupported(`tools[${index}]`, `tools of type '${tool.type}' are not known here`)
    const field = `tools[${index}].function`
    return { ...functionTool(tool.function, field, rules), ...cacheControl(tool.function), ...cacheControl(tool) }
  })
}

function legacy({ functions }: ChatRequest): Anthropic.Tool[] {
  return (functions ?? []).map(({ name, description, parameters }) => ({
    name,
    ...(description !== undefined && { description }),
    input_schema: inputSchema(parameters),
  }))
}

function functionTool({ name, description, parameters, strict }: ToolFunction, field: string, rules: ModelRules): Anthropic.Tool {
  const tool = { name, ...(description !== undefined && { description }) }
  if (strict !== true) return { ...tool, input_schema: inputSchema(parameters) }
  if (!rules.structured) throw unsupported(`${field}.strict`, 'the model has no strict tools')
  const compiled = compileSchema(inputSchema(parameters))
  if ('reason' in compiled) throw unsupported(`${field}.parameters`, compiled.reason)
  return { ...tool, input_schema: { ...compiled.schema, type: 'object' }, strict: true }
}

/** A tool's parameters: the vendor wants an object schema, and no union at its root. */
function inputSchema(parameters: unknown): Anthropic.Tool.InputSchema {
  if (!isObject(parameters)) return { type: 'object', properties: {} }
  const { anyOf, oneOf, allOf, ...rest } = parameters
  const unions = Object.entries({ anyOf, oneOf, allOf }).filter(([, branches]) => Array.isArray(branches))
  if (unions.length === 0) {
    return {
      ...parameters,
      type: 'object',
      ...(parameters['type'] === 'object' ? {} : { properties: parameters['properties'] ?? {} }),
    }
  }
  const branches = unions.flatMap(([, list]) => listOf(list)).filter(isObject)
  const properties: Record<string, unknown> = {}
  for (const { properties: own } of [...branches, rest]) if (isObject(own)) Object.assign(properties, own)
  const words = unions.map(([key, list]) => `${key}: ${JSON.stringify(list)}`).join(', ')
  const described = typeof rest['description'] === 'string' ? `${rest['description']}\n\n` : ''
  return { ...rest, type: 'object', properties, description: `${described}{${words}}` }
}

interface Choice {
  readonly type: 'unset' | 'auto' | 'any' | 'none' | 'tool'
  readonly name?: string
  /** The tools to offer, where not all of them. */
  readonly only?: readonly string[]
}

function choiceOf({ tool_choice: choice, function_call: call }: ChatRequest): Choice {
  if (choice === undefined || choice === null) return legacyChoice(call)
  if (typeof choice === 'string') return { type: choice === 'required' ? 'any' : choice }
  switch (choice.type) {
    case 'function':
      return { type: 'tool', name: choice.function.name }
    case 'allowed_tools': {
      const { mode, tools } = choice.allowed_tools
      return { type: mode === 'required' ? 'any' : 'auto', only: tools.map(nameOf) }
    }
    default:
      throw unsupported('tool_choice', `a choice of type '${choice.type}' is not known here`)
  }
}

function nameOf(tool: JsonObject): string {
  const { function: inner } = tool
  return isObject(inner) && typeof inner['name'] === 'string' ? inner['name'] : ''
}

function legacyChoice(call: ChatRequest['function_call']): Choice {
  if (call === undefined || call === null) return { type: 'unset' }
  return typeof call === 'string' ? { type: call } : { type: 'tool', name: call.name }
}

/** A legacy call answers with one function; so does `parallel_tool_calls: false`. */
function toolChoice({ type, name }: Choice, request: ChatRequest): Anthropic.ToolChoice | undefined {
  const single = request.parallel_tool_calls === false || (request.functions ?? []).length > 0
  const parallel = single ? { disable_parallel_tool_use: true } : {}
  switch (type) {
    case 'unset':
      return single ? { type: 'auto', ...parallel } : undefined
    case 'none':
      return { type }
    case 'tool':
      return { type, name: name ?? '', ...parallel }
    case 'auto':
    case 'any':
      return { type, ...parallel }
    default:
      return unreachable(type)
  }
}

function webSearch({ web_search_options: options }: ChatRequest, rules: ModelRules, notes: Notes): Anthropic.ToolUnion | undefined {
  if (options === undefined || options === null) return undefined
  if (options.search_context_size !== undefined) notes.drop('web_search_options.search_context_size')
  const where = options.user_location?.approximate
  return {
    type: rules.webSearch,
    name: 'web_search',
    ...(where !== undefined && { user_location: { type: 'approximate', ...where } }),
  }
}

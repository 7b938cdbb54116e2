import type Anthropic from '@anthropic-ai/sdk'
import type { ChatRequest } from '../../contracts/chat.ts'
import { unreachable } from '../../errors.ts'
import type { ClaudeRules } from '../shared/claude/rules.ts'
import { toolChoiceOf, type ToolChoice } from '../shared/tool-choice.ts'
import { cacheControl } from './content.ts'
import { unsupported, type Notes } from '../shared/notes.ts'
import { parametersOf } from '../shared/schema/parameters.ts'
import { keptBy } from '../shared/schema/promise.ts'
import { toolFault, type ToolRules } from '../shared/tool-rules.ts'
import { dialect } from './schema.ts'

/** The parts of the body that concern tools. */
export interface ToolParams {
  readonly tools?: readonly Anthropic.ToolUnion[]
  readonly tool_choice?: Anthropic.ToolChoice
}

type ToolFunction = {
  readonly name: string
  readonly description?: string
  readonly parameters?: unknown
}

/** The vendor's reference for tools; a recorded 400 answer names the same pattern. */
const naming: ToolRules = { name: /^[a-zA-Z0-9_-]{1,128}$/, words: 'must be 1 to 128 letters, digits, _ or -' }

/** Tools, the choice among them and web search. */
export function toolParams(request: ChatRequest, rules: ClaudeRules, notes: Notes): ToolParams {
  const fault = toolFault(request, naming)
  if (fault !== undefined) throw unsupported(fault.field, fault.reason)
  const functions = [...declared(request, rules, notes), ...legacy(request)]
  const choice = toolChoiceOf(request)
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

function declared({ tools }: ChatRequest, rules: ClaudeRules, notes: Notes): Anthropic.Tool[] {
  return (tools ?? []).map((tool, index) => {
    if (tool.type !== 'function') throw unsupported(`tools[${index}]`, `tools of type '${tool.type}' are not known here`)
    const { function: called } = tool
    const field = `tools[${index}].function`
    const params = called.strict === true ? strictSchema(called, field, { rules, notes }) : plainSchema(called)
    return { ...named(called), ...params, ...cacheControl(called), ...cacheControl(tool) }
  })
}

function legacy({ functions }: ChatRequest): Anthropic.Tool[] {
  return (functions ?? []).map((declaration) => ({ ...named(declaration), ...plainSchema(declaration) }))
}

function named({ name, description }: ToolFunction): Pick<Anthropic.Tool, 'name' | 'description'> {
  return { name, ...(description !== undefined && { description }) }
}

function plainSchema({ parameters }: ToolFunction): Pick<Anthropic.Tool, 'input_schema'> {
  return { input_schema: parametersOf(parameters).schema }
}

function strictSchema(
  { parameters }: ToolFunction,
  field: string,
  { rules, notes }: { readonly rules: ClaudeRules; readonly notes: Notes },
): Pick<Anthropic.Tool, 'input_schema' | 'strict'> {
  if (!rules.structured) throw unsupported(`${field}.strict`, 'the model has no strict tools')
  const { schema, lost } = parametersOf(parameters)
  const kept = keptBy(dialect, { schema, field: `${field}.parameters`, strict: true })
  if ('reason' in kept) throw unsupported(`${field}.parameters`, kept.reason)
  notes.leave([...lost.map((keyword) => `${field}.parameters.${keyword}`), ...kept.unenforced])
  return { input_schema: { ...kept.schema, type: 'object' }, strict: true }
}

/** A legacy call answers with one function; so does `parallel_tool_calls: false`. */
function toolChoice({ type, name }: ToolChoice, request: ChatRequest): Anthropic.ToolChoice | undefined {
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

function webSearch(
  { web_search_options: options }: ChatRequest,
  rules: ClaudeRules,
  notes: Notes,
): Anthropic.ToolUnion | undefined {
  if (options === undefined || options === null) return undefined
  if (rules.webSearch === 'none') throw unsupported('web_search_options', 'Claude does not search the web here')
  if (options.search_context_size !== undefined) notes.drop('web_search_options.search_context_size')
  const where = options.user_location?.approximate
  return {
    type: rules.webSearch,
    name: 'web_search',
    ...(where !== undefined && { user_location: { type: 'approximate', ...where } }),
  }
}

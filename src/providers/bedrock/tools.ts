import type { ChatRequest } from '../../contracts/chat.ts'
import { isObject, textOf, type JsonObject } from '../shared/json.ts'
import { toolChoiceOf, type ToolChoice as Choice } from '../shared/tool-choice.ts'
import { cachePoints } from './content.ts'
import type { Traits } from './models.ts'
import { unsupported, type Notes } from '../shared/notes.ts'
import { parametersOf } from '../shared/schema/parameters.ts'
import { keptBy } from '../shared/schema/promise.ts'
import { toolFault, usualName } from '../shared/tool-rules.ts'
import { dialect } from './schema.ts'
import type { ToolBlock, ToolChoice, ToolSpec } from './wire.ts'

/** The parts of the body that concern tools. */
export interface ToolParams {
  readonly toolConfig?: { readonly tools: readonly ToolBlock[]; readonly toolChoice?: ToolChoice }
  /** A call is forced. */
  readonly forced: boolean
}

interface Context {
  readonly traits: Traits
  readonly notes: Notes
  /** The names of all tools that were called in the conversation. */
  readonly called: readonly string[]
}

/** Tools and the choice among them. */
export function toolParams(request: ChatRequest, context: Context): ToolParams {
  const { traits } = context
  const fault = toolFault(request, usualName)
  if (fault !== undefined) throw unsupported(fault.field, fault.reason)
  const choice = toolChoiceOf(request)
  const declared = [...toolsOf(request, context), ...functionsOf(request, context)]
  const offered = choice.only === undefined ? declared : declared.filter((tool) => isNamed(tool, choice.only))
  const search = searchTools(request, traits)
  const tools = choice.type === 'none' ? search : [...offered, ...search]
  // Without tools there is nothing to choose; with `none` they are not offered, which the vendor has no word for.
  if (tools.length === 0) return { ...stubs(context), forced: false }
  checkTools(request, traits)
  const toolChoice = wireChoice(choice, request, context)
  if (request.parallel_tool_calls === false || (request.functions ?? []).length > 0) context.notes.emulate()
  const forced = toolChoice !== undefined && !('auto' in toolChoice)
  return { toolConfig: { tools, ...(toolChoice !== undefined && { toolChoice }) }, forced }
}

function checkTools({ tools, stream }: ChatRequest, traits: Traits): void {
  const field = tools === undefined ? 'functions' : 'tools'
  if (!traits.tools) throw unsupported(field, 'the model calls no functions')
  if (stream === true && !traits.streamedTools) throw unsupported(field, 'the model calls no functions while it streams')
}

function isNamed(tool: ToolBlock, names: readonly string[] = []): boolean {
  return !('toolSpec' in tool) || names.includes(tool.toolSpec.name)
}

function toolsOf({ tools }: ChatRequest, context: Context): readonly ToolBlock[] {
  return (tools ?? []).flatMap((tool, index): readonly ToolBlock[] => {
    if (tool.type !== 'function') throw unsupported(`tools[${index}]`, `tools of type '${tool.type}' are not known here`)
    const spec = { toolSpec: toolSpec(tool.function, `tools[${index}].function`, context) }
    // Only some models know breakpoints among tools.
    return context.traits.cache === 'everywhere'
      ? [spec, ...cachePoints(tool, context), ...cachePoints(tool.function, context)]
      : [spec]
  })
}

function functionsOf({ functions }: ChatRequest, context: Context): readonly ToolBlock[] {
  return (functions ?? []).map((declared, index) => ({ toolSpec: toolSpec(declared, `functions[${index}]`, context) }))
}

interface Declaration {
  readonly name: string
  readonly description?: string
  readonly parameters?: unknown
  readonly strict?: unknown
}

function toolSpec(declared: Declaration, field: string, { traits, notes }: Pick<Context, 'traits' | 'notes'>): ToolSpec {
  const { name, parameters, strict } = declared
  const { schema, lost } = parametersOf(parameters)
  if (strict === true && !traits.structured) throw unsupported(`${field}.strict`, 'the model has no strict tools')
  if (strict !== true) return { name, ...described(declared, schema, traits), inputSchema: { json: plain(schema, traits) } }
  const kept = keptBy(dialect, { schema, field: `${field}.parameters`, strict })
  if ('reason' in kept) throw unsupported(`${field}.parameters`, kept.reason)
  notes.leave([...lost.map((keyword) => `${field}.parameters.${keyword}`), ...kept.unenforced])
  return { name, ...described(declared, schema, traits), inputSchema: { json: kept.schema }, strict }
}

/** The vendor wants a description with at least one character. Where a schema has no room for words, the tool's has. */
function described(
  { name, description = '' }: Declaration,
  schema: JsonObject,
  { plainSchemas }: Traits,
): Pick<ToolSpec, 'description'> {
  const words = plainSchemas ? (textOf(schema['description']) ?? '') : ''
  const texts = [description, words].filter((text) => text.trim() !== '')
  return { description: texts.length === 0 ? name : texts.join('\n\n') }
}

/** A schema of an object, for some models with nothing else at its top. */
function plain(schema: JsonObject, { plainSchemas }: Traits): JsonObject {
  const whole = { ...schema, properties: isObject(schema['properties']) ? schema['properties'] : {} }
  return plainSchemas ? Object.fromEntries(Object.entries(whole).filter(([key]) => topKeywords.has(key))) : whole
}

const topKeywords: ReadonlySet<string> = new Set(['type', 'properties', 'required', '$defs', 'definitions'])

/**
 * A conversation with calls in it is refused without `toolConfig`, so the tools are named that were called, as something
 * that is over.
 */
function stubs({ traits, notes, called }: Context): Pick<ToolParams, 'toolConfig'> {
  if (called.length === 0 || !traits.tools) return {}
  notes.emulate()
  const tools = called.map((name): ToolBlock => {
    const description = 'Was used earlier in this conversation and cannot be called any more.'
    return { toolSpec: { name, description, inputSchema: { json: { type: 'object', properties: {} } } } }
  })
  return { toolConfig: { tools } }
}

function wireChoice(choice: Choice, request: ChatRequest, { traits }: Context): ToolChoice | undefined {
  const field = request.function_call === undefined ? 'tool_choice' : 'function_call'
  switch (choice.type) {
    case 'auto':
      return { auto: {} }
    case 'any':
      if (!traits.forcesAny) throw unsupported(field, 'the model cannot be forced to call a tool')
      return { any: {} }
    case 'tool':
      if (!traits.forcesNamed) throw unsupported(field, 'the model cannot be forced to call a certain tool')
      return { tool: { name: choice.name ?? '' } }
    default:
      return undefined
  }
}

/** The vendor's own web search, which some models have. */
function searchTools({ web_search_options: options }: ChatRequest, { grounding }: Traits): readonly ToolBlock[] {
  if (options === undefined || options === null) return []
  if (!grounding) throw unsupported('web_search_options', 'the model does not search')
  return [{ systemTool: { name: 'nova_grounding' } }]
}

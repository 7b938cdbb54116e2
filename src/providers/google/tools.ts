import type OpenAI from 'openai'
import type { ChatRequest } from '../../contracts/chat.ts'
import { isObject, textOf } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import type { Traits } from './models.ts'
import { isEmptySchema, toNativeSchema } from './schema.ts'
import type { Dialect } from './wire.ts'

/** What the request says about tools, in the vendor's words. */
export interface ToolSettings {
  readonly tools?: readonly JsonObject[]
  readonly toolConfig?: JsonObject
}

/** One function that the model may call. */
interface FunctionTool {
  readonly name: string
  readonly description?: string | undefined
  readonly parameters?: unknown
  readonly strict?: boolean | null | undefined
}

/** The functions of a request, those of the legacy `functions` field included. */
export function functionsOf({ tools, functions }: ChatRequest): readonly FunctionTool[] {
  if (tools === undefined) return functions ?? []
  return tools.flatMap((tool) => (tool.type === 'function' ? [tool.function] : []))
}

/** The choice of tools, the legacy `function_call` included. */
export function toolChoiceOf({
  tool_choice: choice,
  function_call: legacy,
}: ChatRequest): OpenAI.ChatCompletionToolChoiceOption | undefined {
  if (choice !== undefined || legacy === undefined) return choice
  return typeof legacy === 'string' ? legacy : { type: 'function', function: { name: legacy.name } }
}

/** A name as the vendor allows it: it may not begin with a digit or a dash, as OpenAI's may. */
export function nativeName(name: string): string {
  return /^[A-Za-z_]/.test(name) ? name : `_${name}`
}

/** The caller's name for a function that the model calls. */
export function callersName(native: string, request: ChatRequest): string {
  if (!native.startsWith('_')) return native
  const original = native.slice(1)
  const names = functionsOf(request).map(({ name }) => name)
  return names.includes(original) && !names.includes(native) ? original : native
}

/** Whether the functions of the request are left out because nothing may be called and the model takes no such mixture. */
export function leavesFunctionsOut(request: ChatRequest, traits: Traits): boolean {
  if (toolChoiceOf(request) !== 'none') return false
  return (wantsJson(request) && !traits.toolsWithJson) || (wantsSearch(request) && !traits.toolsWithSearch)
}

/** Whether the answer must be JSON. */
export function wantsJson({ response_format: format }: ChatRequest): boolean {
  return format?.type === 'json_object' || format?.type === 'json_schema'
}

/** Whether the model may search the web. */
export function wantsSearch({ web_search_options: options }: ChatRequest): boolean {
  return options !== undefined && options !== null
}

/** The `tools` and `toolConfig` of a request. */
export function toToolSettings(request: ChatRequest, { backend }: Dialect, traits: Traits): ToolSettings {
  const functions = leavesFunctionsOut(request, traits) ? [] : functionsOf(request)
  const search = wantsSearch(request)
  const tools = [
    ...(functions.length > 0 ? [{ functionDeclarations: functions.map(declaration) }] : []),
    ...(search ? [{ googleSearch: {} }] : []),
  ]
  if (tools.length === 0) return {}
  const mixed = search && functions.length > 0
  const calling = functions.length > 0 ? callingConfig(request, functions, mixed) : undefined
  const toolConfig = {
    ...(calling === undefined ? {} : { functionCallingConfig: calling }),
    // Gemini 3 refuses the mixture without it; Vertex does not know the field (the SDK throws).
    ...(mixed && backend === 'gemini' ? { includeServerSideToolInvocations: true } : {}),
  }
  return { tools, ...(Object.keys(toolConfig).length > 0 ? { toolConfig } : {}) }
}

function declaration({ name, description, parameters }: FunctionTool): JsonObject {
  return {
    name: nativeName(name),
    ...(description === undefined ? {} : { description }),
    ...(isEmptySchema(parameters) ? {} : { parametersJsonSchema: toNativeSchema(parameters) }),
  }
}

function callingConfig(request: ChatRequest, functions: readonly FunctionTool[], mixed: boolean): JsonObject | undefined {
  const choice = toolChoiceOf(request)
  // VALIDATED is AUTO with arguments that keep to the schema; the vendor wants it beside its own tools.
  const free = mixed || functions.some(({ strict }) => strict === true) ? 'VALIDATED' : 'AUTO'
  if (choice === undefined) return free === 'AUTO' ? undefined : { mode: free }
  if (choice === 'none') return { mode: 'NONE' }
  if (choice === 'auto') return { mode: free }
  if (choice === 'required') return { mode: 'ANY' }
  if (choice.type === 'function') return { mode: 'ANY', allowedFunctionNames: [nativeName(choice.function.name)] }
  if (choice.type === 'allowed_tools') {
    const { mode, tools } = choice.allowed_tools
    return { mode: mode === 'required' ? 'ANY' : 'VALIDATED', allowedFunctionNames: tools.flatMap(allowedName) }
  }
  return undefined
}

function allowedName({ function: allowed }: Readonly<Record<string, unknown>>): readonly string[] {
  const name = isObject(allowed) ? textOf(allowed['name']) : undefined
  return name === undefined ? [] : [nativeName(name)]
}

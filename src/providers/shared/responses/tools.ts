import type { ChatRequest } from '../../../contracts/chat.ts'
import { isObject, textOf } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { objectsOf, present } from './wire.ts'

/** Whether the request brings one of the vendor's own tools, which only the Responses format has. */
export function hasBuiltInTools({ tools }: ChatRequest): boolean {
  const types: readonly string[] = (tools ?? []).map(({ type }) => type)
  return types.some((type) => type !== 'function' && type !== 'custom')
}

/** The tools, flattened, and the search that `web_search_options` asks for. */
export function toolsOf({ tools, web_search_options: search }: ChatRequest): readonly JsonObject[] {
  const flat = objectsOf(tools).map(flatTool)
  return search === undefined || search === null ? flat : [...flat, searchTool({ ...search })]
}

function flatTool(tool: JsonObject): JsonObject {
  const { function: called, custom } = tool
  if (tool['type'] === 'function' && isObject(called)) {
    const { name, description, parameters, strict } = called
    return {
      type: 'function',
      name,
      ...present({ description }),
      parameters: parameters ?? { type: 'object', properties: {} },
      // Left out it would mean true here, and false in chat completions.
      strict: strict ?? false,
    }
  }
  if (tool['type'] === 'custom' && isObject(custom)) {
    const { name, description, format } = custom
    return { type: 'custom', name, ...present({ description, format: isObject(format) ? flatFormat(format) : undefined }) }
  }
  return tool
}

function flatFormat(format: JsonObject): JsonObject {
  const { grammar, ...rest } = format
  return isObject(grammar) ? { ...rest, ...grammar } : format
}

/** Chat completions wrap the place; here its fields stand beside its type. */
function searchTool({ search_context_size, user_location: location, ...others }: JsonObject): JsonObject {
  const place = isObject(location) && isObject(location['approximate']) ? location['approximate'] : undefined
  const user_location = place === undefined ? location : { type: 'approximate', ...place }
  return { type: 'web_search', ...present({ search_context_size, user_location, ...others }) }
}

/** The choice of a tool, flattened. */
export function toolChoiceOf({ tool_choice: choice }: ChatRequest): unknown {
  if (!isObject(choice)) return choice
  const { function: called, custom, allowed_tools: allowed } = choice
  if (isObject(called)) return { type: 'function', name: called['name'] }
  if (isObject(custom)) return { type: 'custom', name: custom['name'] }
  if (!isObject(allowed)) return choice
  return { type: 'allowed_tools', mode: allowed['mode'], tools: objectsOf(allowed['tools']).map(nameOnly) }
}

function nameOnly(tool: JsonObject): JsonObject {
  const named = tool['function'] ?? tool['custom']
  const name = isObject(named) ? textOf(named['name']) : undefined
  return name === undefined ? tool : { type: tool['type'], name }
}

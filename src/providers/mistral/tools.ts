import type { ChatRequest } from '../../contracts/chat.ts'
import { isObject, type JsonObject } from '../shared/json.ts'
import { unsupported } from '../shared/notes.ts'

interface Tool {
  readonly name: string
  readonly description?: string
  readonly parameters?: unknown
  readonly strict?: boolean | null
}

/** The parts of the body that concern tools; none where there are no tools to offer. */
export function toolFields(request: ChatRequest): JsonObject {
  const { choice, only } = choiceOf(request)
  const functions = [...declared(request), ...(request.functions ?? [])]
  const offered = only === undefined ? functions : functions.filter(({ name }) => only.includes(name))
  if (offered.length === 0) return {}
  // A legacy call answers with one function.
  const parallel = (request.functions ?? []).length > 0 ? false : request.parallel_tool_calls
  return {
    tools: offered.map(toolOf),
    ...(choice !== undefined && { tool_choice: choice }),
    ...(typeof parallel === 'boolean' && { parallel_tool_calls: parallel }),
  }
}

function declared({ tools }: ChatRequest): readonly Tool[] {
  return (tools ?? []).map((tool, index) => {
    if (tool.type !== 'function') throw unsupported(`tools[${index}]`, `tools of type '${tool.type}' are not known here`)
    return tool.function
  })
}

function toolOf({ name, description, parameters, strict }: Tool): JsonObject {
  return {
    type: 'function',
    function: {
      name,
      ...(description !== undefined && { description }),
      // Required, also for a function without any.
      parameters: isObject(parameters) ? parameters : { type: 'object', properties: {} },
      ...(typeof strict === 'boolean' && { strict }),
    },
  }
}

interface Choice {
  readonly choice: string | JsonObject | undefined
  /** The tools to offer, where not all of them. */
  readonly only?: readonly string[]
}

function choiceOf({ tool_choice: choice, function_call: call }: ChatRequest): Choice {
  if (choice === undefined || choice === null) return { choice: legacyChoice(call) }
  if (typeof choice === 'string') return { choice: choice === 'required' ? 'any' : choice }
  switch (choice.type) {
    case 'function':
      return { choice: named(choice.function.name) }
    case 'allowed_tools': {
      const { mode, tools } = choice.allowed_tools
      return { choice: mode === 'required' ? 'any' : 'auto', only: tools.map(nameOf) }
    }
    default:
      throw unsupported('tool_choice', `a choice of type '${choice.type}' is not known here`)
  }
}

function legacyChoice(call: ChatRequest['function_call']): string | JsonObject | undefined {
  if (call === undefined || call === null) return undefined
  return typeof call === 'string' ? call : named(call.name)
}

function named(name: string): JsonObject {
  return { type: 'function', function: { name } }
}

function nameOf({ function: inner }: JsonObject): string {
  return isObject(inner) && typeof inner['name'] === 'string' ? inner['name'] : ''
}

import type { ChatRequest } from '../../contracts/chat.ts'
import { isObject, textOf, type JsonObject } from './json.ts'
import { unsupported } from './notes.ts'

/** What the caller says about the use of tools, old functions included. */
export interface ToolChoice {
  readonly type: 'unset' | 'auto' | 'any' | 'none' | 'tool'
  readonly name?: string
  /** The tools to offer, where not all of them. */
  readonly only?: readonly string[]
}

/** The choice in a request. */
export function toolChoiceOf({ tool_choice: choice, function_call: call }: ChatRequest): ToolChoice {
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
  return isObject(inner) ? (textOf(inner['name']) ?? '') : ''
}

function legacyChoice(call: ChatRequest['function_call']): ToolChoice {
  if (call === undefined || call === null) return { type: 'unset' }
  return typeof call === 'string' ? { type: call } : { type: 'tool', name: call.name }
}

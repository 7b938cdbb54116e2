import type { ChatRequest } from '../../contracts/chat.ts'
import { unsupported } from '../shared/notes.ts'
import type { Notes } from '../shared/notes.ts'
import { leftBy } from '../shared/schema/left.ts'
import { toolChoiceOf } from '../shared/tool-choice.ts'
import { toolFault, usualName } from '../shared/tool-rules.ts'
import type { SessionSettings, SessionTool } from './sdk.ts'

type SessionTools = Pick<SessionSettings, 'tools' | 'availableTools' | 'toolSearch'>

const none: SessionTools = { availableTools: [] }

/**
 * The tools of a session: the caller's, declared without anything to run them, and none of the runtime's own. A call of
 * one stays pending in the runtime; the answer ends there, the session is thrown away, and the next request tells of the call
 * and its result as of any other turn. Throws what cannot be served.
 */
export function toolsOf(
  request: ChatRequest,
  { allowsTools, notes }: { readonly allowsTools: boolean; readonly notes: Notes },
): SessionTools {
  const { type, only } = toolChoiceOf(request)
  if (type === 'any' || type === 'tool') throw unsupported('tool_choice', 'a session decides by itself whether it calls tools')
  const tools = type === 'none' ? [] : (request.tools ?? [])
  if (tools.length === 0) return none
  if (!allowsTools)
    throw unsupported('tools', 'a Copilot session runs tools by itself; githubCopilot({ tools: true }) hands their calls over')
  const declarations = tools.map((tool, index) => declared(tool, `tools[${index}]`))
  notes.leave(promisesOf(request))
  const offered = only === undefined ? declarations : declarations.filter(({ name }) => only.includes(name))
  return offered.length === 0 ? none : { tools: offered, availableTools: ['custom:*'], toolSearch: { enabled: false } }
}

/** A session knows nothing of strict tools: what they promise is checked by the router when their calls are there. */
function promisesOf({ messages, model, tools }: ChatRequest): readonly string[] {
  const request: ChatRequest = { messages, model, ...(tools !== undefined && { tools }) }
  const fault = toolFault(request, usualName)
  if (fault !== undefined) throw unsupported(fault.field, fault.reason)
  const left = leftBy({ format: undefined, tools: undefined }, request)
  if ('level' in left) throw unsupported(left.field, left.reason)
  return left
}

function declared(tool: NonNullable<ChatRequest['tools']>[number], field: string): SessionTool {
  if (tool.type !== 'function') throw unsupported(field, 'custom tools are not known here')
  const { name, description, parameters } = tool.function
  return {
    name,
    ...(description !== undefined && { description }),
    parameters: parameters ?? { type: 'object', properties: {} },
    // Nobody is asked for permission to run what is not run here, and no tool of the runtime's own is meant by the name.
    skipPermission: true,
    overridesBuiltInTool: true,
    defer: 'never',
  }
}

import type { Support } from '../../contracts/adapter.ts'
import type { ChatRequest } from '../../contracts/chat.ts'
import { modern } from '../shared/legacy.ts'
import { no, responsesSupport } from '../shared/responses/supports.ts'
import { leftBy } from '../shared/schema/left.ts'
import { toolFault, usualName } from '../shared/tool-rules.ts'
import { droppedFields } from './fields.ts'

/** Whether the Agent API can do what a request asks. Pure. */
export function supportOf(asked: ChatRequest): Support {
  const request = modern(asked)
  const found = responsesSupport(request)
  if ('level' in found) return found
  const problem = answerProblem(request) ?? toolProblem(request) ?? namingProblem(asked) ?? messageProblem(request)
  if (problem !== undefined) return problem
  // Many vendors' models answer here; nothing says which of them keep to a schema.
  const left = leftBy({ format: undefined, tools: undefined }, request)
  if ('level' in left) return left
  const isEmulated = request.response_format?.type === 'json_object'
  const unenforced = isEmulated ? [...left, 'response_format'] : left
  return {
    level: isEmulated ? 'emulated' : 'yes',
    dropped: [...new Set([...found, ...droppedFields(request)])],
    ...(unenforced.length > 0 && { unenforced }),
  }
}

function answerProblem({ logprobs, top_logprobs, moderation }: ChatRequest): ReturnType<typeof no> | undefined {
  if (logprobs === true) return no('logprobs', 'this vendor gives no log probabilities')
  if ((top_logprobs ?? 0) > 0) return no('top_logprobs', 'this vendor gives no log probabilities')
  return moderation === undefined || moderation === null ? undefined : no('moderation', 'this vendor has nothing like it')
}

function toolProblem({ tools = [], tool_choice: choice }: ChatRequest): ReturnType<typeof no> | undefined {
  const custom = tools.findIndex(({ type }) => type === 'custom')
  if (custom !== -1) return no(`tools[${custom}]`, 'custom tools have no counterpart here')
  const isCustom = typeof choice === 'object' && choice.type === 'custom'
  return isCustom ? no('tool_choice', 'custom tools have no counterpart here') : undefined
}

function namingProblem(request: ChatRequest): ReturnType<typeof no> | undefined {
  const fault = toolFault(request, usualName)
  return fault === undefined ? undefined : no(fault.field, fault.reason)
}

function messageProblem({ messages }: ChatRequest): ReturnType<typeof no> | undefined {
  for (const [at, { role, content }] of messages.entries()) {
    const parts: readonly { readonly type: string }[] = Array.isArray(content) ? content : []
    const file = parts.findIndex(({ type }) => type === 'file')
    if (file !== -1) return no(`messages[${at}].content[${file}].file`, 'this vendor takes no files')
    // A result goes out as one text.
    const image = role === 'tool' ? parts.findIndex(({ type }) => type !== 'text') : -1
    if (image !== -1) return no(`messages[${at}].content[${image}].type`, 'results of tools are text alone here')
  }
  return undefined
}

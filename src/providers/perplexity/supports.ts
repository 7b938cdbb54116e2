import type { Support } from '../../contracts/adapter.ts'
import type { ChatRequest } from '../../contracts/chat.ts'
import { no, responsesSupport } from '../shared/responses/supports.ts'
import { droppedFields } from './fields.ts'

/** Whether the Agent API can do what a request asks. Pure. */
export function supportOf(request: ChatRequest): Support {
  const found = responsesSupport(request)
  if ('level' in found) return found
  const problem = answerProblem(request) ?? toolProblem(request) ?? messageProblem(request)
  if (problem !== undefined) return problem
  const level = request.response_format?.type === 'json_object' ? 'emulated' : 'yes'
  return { level, dropped: [...new Set([...found, ...droppedFields(request)])] }
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

function messageProblem({ messages }: ChatRequest): ReturnType<typeof no> | undefined {
  for (const [at, { content }] of messages.entries()) {
    const file = Array.isArray(content) ? content.findIndex(({ type }) => type === 'file') : -1
    if (file !== -1) return no(`messages[${at}].content[${file}].file`, 'this vendor takes no files')
  }
  return undefined
}

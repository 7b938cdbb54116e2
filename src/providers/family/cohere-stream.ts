import { isObject } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import { annotations, cohereUsage } from './cohere-answer.ts'
import { at } from './usage.ts'

/** What turns the events of one v2 stream into chunks; events that only open or close something become none. */
export function cohereEvents(model: string): (event: JsonObject) => JsonObject | undefined {
  const created = Math.trunc(Date.now() / 1000)
  const citations: unknown[] = []
  let id: unknown

  const chunk = (delta: JsonObject | undefined, rest: JsonObject = {}): JsonObject | undefined =>
    delta === undefined
      ? undefined
      : { id, object: 'chat.completion.chunk', created, model, choices: [{ index: 0, delta, finish_reason: null, ...rest }] }

  return (event) => {
    const { type, delta } = event
    switch (type) {
      case 'message-start':
        id = event['id']
        return chunk({ role: 'assistant', content: '' })
      case 'content-start':
      case 'content-delta':
        return chunk(contentDelta(at(delta, 'message.content')))
      case 'tool-plan-delta':
        return chunk({ tool_plan: at(delta, 'message.tool_plan') })
      case 'tool-call-start':
      case 'tool-call-delta':
        return chunk(toolDelta(at(delta, 'message.tool_calls'), event['index']))
      case 'citation-start':
        citations.push(at(delta, 'message.citations'))
        return undefined
      case 'message-end': {
        const { finish_reason, error, usage } = isObject(delta) ? delta : {}
        const cited = citations.length === 0 ? {} : { citations, ...annotations(citations) }
        const last = chunk(cited, { finish_reason, ...(error !== undefined && { error }) })
        return { ...last, ...cohereUsage(usage) }
      }
      default:
        return undefined
    }
  }
}

function contentDelta(content: unknown): JsonObject | undefined {
  const { text, thinking } = isObject(content) ? content : {}
  if (typeof thinking === 'string' && thinking !== '') return { reasoning_content: thinking }
  return typeof text === 'string' && text !== '' ? { content: text } : undefined
}

function toolDelta(call: unknown, index: unknown): JsonObject | undefined {
  return isObject(call) ? { tool_calls: [{ ...call, index }] } : undefined
}

import { badRequest, jsonCopy } from './body.ts'
import type { ChatMessage, ChatRequest } from './contracts/chat.ts'

const roles = ['system', 'developer', 'user', 'assistant', 'tool', 'function']

/**
 * A private, checked copy of a chat body.
 *
 * @throws TypeError where it is circular; BadRequestError naming the field where its shape is wrong.
 */
export function chatRequest(body: unknown): ChatRequest {
  const copy = jsonCopy(body)
  if (!isRecord(copy)) throw badRequest('invalid_body', 'The body must be an object with `model` and `messages`.', 'body')
  if (typeof copy['model'] !== 'string' || copy['model'] === '') {
    throw badRequest(
      'invalid_body',
      `\`model\` must be a non-empty string, got ${kindOf(copy['model'])}; write a model name, \`provider/model\`, or \`auto\`.`,
      'model',
    )
  }
  checkMessages(copy['messages'])
  if (!isChatRequest(copy)) throw badRequest('invalid_body', 'The body is no chat request.', 'body')
  return Object.freeze(copy)
}

function checkMessages(messages: unknown): void {
  if (!Array.isArray(messages))
    throw badRequest('invalid_body', `\`messages\` must be an array of messages, got ${kindOf(messages)}.`, 'messages')
  if (messages.length === 0) throw badRequest('invalid_body', '`messages` is empty; it needs at least one message.', 'messages')
  const called = new Set<string>()
  for (const [index, message] of messages.entries()) checkMessage(message, `messages[${index}]`, called)
}

function checkMessage(message: unknown, field: string, called: Set<string>): void {
  if (!isRecord(message)) throw badRequest('invalid_body', `\`${field}\` must be a message object, got ${kindOf(message)}.`, field)
  const { role } = message
  if (typeof role !== 'string' || !roles.includes(role)) {
    throw badRequest(
      'invalid_body',
      `\`${field}.role\` must be one of ${roles.join(', ')}, got ${typeof role === 'string' ? JSON.stringify(role.slice(0, 40)) : kindOf(role)}.`,
      `${field}.role`,
    )
  }
  if (role === 'assistant') noteCalls(message['tool_calls'], called)
  if (role === 'tool') checkToolResult(message['tool_call_id'], field, called)
}

function noteCalls(calls: unknown, called: Set<string>): void {
  if (!Array.isArray(calls)) return
  for (const call of calls) if (isRecord(call) && typeof call['id'] === 'string') called.add(call['id'])
}

function checkToolResult(id: unknown, field: string, called: ReadonlySet<string>): void {
  if (typeof id !== 'string')
    throw badRequest('invalid_body', `\`${field}.tool_call_id\` must be a string, got ${kindOf(id)}.`, `${field}.tool_call_id`)
  if (called.has(id)) return
  const message = `\`${field}\` answers the tool call ${JSON.stringify(id.slice(0, 80))}, which no earlier assistant message made; keep the assistant message with its \`tool_calls\` in the history.`
  throw badRequest('orphan_tool_result', message, `${field}.tool_call_id`)
}

/** True after the checks above: everything that the routing itself reads has its type; the rest is the vendor's to judge. */
function isChatRequest(
  copy: Readonly<Record<string, unknown>>,
): copy is Record<string, unknown> & ChatRequest & { messages: ChatMessage[] } {
  return typeof copy['model'] === 'string' && Array.isArray(copy['messages'])
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (value === '') return 'an empty string'
  return Array.isArray(value) ? 'an array' : `a${typeof value === 'object' ? 'n' : ''} ${typeof value}`
}

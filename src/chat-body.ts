import { badRequest, jsonCopy } from './body.ts'
import type { Fault } from './body-fault.ts'
import { isRecord, kindOf } from './body-fault.ts'
import type { ChatMessage, ChatRequest } from './contracts/chat.ts'
import { messageFault } from './message-shape.ts'
import { settingFault } from './setting-shapes.ts'

const roles: ReadonlySet<unknown> = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function'])

/** Fields that cannot be null by OpenAI's types, but come so from code that fills in every field: left out. */
const leftOut = ['tools', 'functions', 'tool_choice', 'function_call', 'response_format']
/** The same in a message. */
const leftOutOfMessages = ['tool_calls', 'function_call']

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
  const padded = checkMessages(copy['messages'])
  const request = withoutNulls(copy, leftOut)
  const fault = settingFault(request)
  if (fault !== undefined) throw faulty('', fault)
  const lean = padded ? { ...request, messages: leanMessages(request['messages']) } : request
  if (!isChatRequest(lean)) throw badRequest('invalid_body', 'The body is no chat request.', 'body')
  return Object.freeze(lean)
}

/** The record itself where none of the fields is null, which is the usual case. */
function withoutNulls(record: Record<string, unknown>, fields: readonly string[]): Record<string, unknown> {
  if (!fields.some((field) => record[field] === null)) return record
  return Object.fromEntries(Object.entries(record).filter(([name, value]) => value !== null || !fields.includes(name)))
}

function leanMessages(messages: unknown): unknown {
  if (!Array.isArray(messages)) return messages
  return Object.freeze(
    messages.map((message: unknown) => (isPadded(message) ? Object.freeze(withoutNulls(message, leftOutOfMessages)) : message)),
  )
}

function isPadded(message: unknown): message is Record<string, unknown> {
  return (
    isRecord(message) && message['role'] === 'assistant' && (message['tool_calls'] === null || message['function_call'] === null)
  )
}

function faulty(start: string, { path, problem }: Fault): Error {
  const field = `${start}${path}`
  return badRequest('invalid_body', `\`${field}\` ${problem}.`, field)
}

/** Whether a message is padded with nulls that are to be left out. */
function checkMessages(messages: unknown): boolean {
  if (!Array.isArray(messages))
    throw badRequest('invalid_body', `\`messages\` must be an array of messages, got ${kindOf(messages)}.`, 'messages')
  if (messages.length === 0) throw badRequest('invalid_body', '`messages` is empty; it needs at least one message.', 'messages')
  const called = new Set<string>()
  let index = 0
  let padded = false
  for (const message of messages) {
    checkMessage(message, index++, called)
    padded ||= isPadded(message)
  }
  return padded
}

function checkMessage(message: unknown, index: number, called: Set<string>): void {
  if (!isRecord(message)) {
    const field = `messages[${index}]`
    throw badRequest('invalid_body', `\`${field}\` must be a message object, got ${kindOf(message)}.`, field)
  }
  const { role } = message
  if (typeof role !== 'string' || !roles.has(role)) {
    const field = `messages[${index}].role`
    const got = typeof role === 'string' ? JSON.stringify(role.slice(0, 40)) : kindOf(role)
    throw badRequest('invalid_body', `\`${field}\` must be one of ${[...roles].join(', ')}, got ${got}.`, field)
  }
  // A text of the user, or for the model: there is no more to it, and long conversations are made of these.
  if (typeof message['content'] === 'string' && (role === 'user' || role === 'system')) return
  if (role === 'tool') checkToolResult(message['tool_call_id'], `messages[${index}]`, called)
  const fault = messageFault(message, role)
  if (fault !== undefined) throw faulty(`messages[${index}]`, fault)
  if (role === 'assistant') noteCalls(message['tool_calls'], called)
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

/** True after the checks above: everything that is read on the way to a wire has its type; the rest is the vendor's to judge. */
function isChatRequest(
  copy: Readonly<Record<string, unknown>>,
): copy is Record<string, unknown> & ChatRequest & { messages: ChatMessage[] } {
  return typeof copy['model'] === 'string' && Array.isArray(copy['messages'])
}

import { at, listAt, textAt } from '../json.ts'
import type { VendorError } from './dialect.ts'
import { mistralInvalid } from './mistral-errors.ts'

/** The order of messages and the ids of tool calls, as mistral-common and the vendor's 400 answers have them. */
export function checkMistralOrder(messages: readonly unknown[]): VendorError | undefined {
  return checkRoles(messages) ?? checkLast(messages.at(-1)) ?? checkCalls(messages)
}

const followers: Readonly<Record<string, readonly string[]>> = {
  system: ['system', 'user', 'assistant'],
  user: ['system', 'user', 'assistant'],
  assistant: ['user', 'assistant', 'tool'],
  tool: ['assistant', 'tool'],
}

function checkRoles(messages: readonly unknown[]): VendorError | undefined {
  for (const [index, message] of messages.entries()) {
    const role = textAt(message, 'role') ?? ''
    const before = index === 0 ? undefined : textAt(messages[index - 1], 'role')
    if (before !== undefined && followers[before]?.includes(role) !== true) {
      return disordered(`Unexpected role '${role}' after role '${before}'`)
    }
  }
  return undefined
}

function disordered(message: string): VendorError {
  return mistralInvalid(message, '3230', 'invalid_request_message_order')
}

function checkLast(last: unknown): VendorError | undefined {
  const role = textAt(last, 'role')
  if (role === undefined) return disordered('Conversation must have at least one message')
  if (role === 'user' || role === 'tool' || (role === 'assistant' && at(last, 'prefix') === true)) return undefined
  return disordered(`Expected last role User or Tool (or Assistant with prefix True) for serving but got ${role}`)
}

function checkCalls(messages: readonly unknown[]): VendorError | undefined {
  let open: readonly string[] = []
  for (const message of messages) {
    const role = textAt(message, 'role')
    if (role === 'tool') {
      const id = textAt(message, 'tool_call_id') ?? ''
      if (!isNative(id)) return badId(id)
      if (!open.includes(id)) return disordered('Not the same number of function calls and responses')
      open = open.filter((one) => one !== id)
      continue
    }
    if (open.length > 0) return disordered('Not the same number of function calls and responses')
    if (role !== 'assistant') continue
    open = listAt(message, 'tool_calls').map((call) => textAt(call, 'id') ?? '')
    const bad = open.find((id) => !isNative(id))
    if (bad !== undefined) return badId(bad)
    if (open.length === 0 && isEmpty(at(message, 'content'))) {
      return mistralInvalid(
        'Assistant message must have either content or tool_calls, but not none.',
        '3240',
        'invalid_request_assistant_message',
      )
    }
  }
  return open.length > 0 ? disordered('Not the same number of function calls and responses') : undefined
}

function isEmpty(content: unknown): boolean {
  return content === undefined || content === null || content === '' || (Array.isArray(content) && content.length === 0)
}

function isNative(id: string): boolean {
  return /^[a-zA-Z0-9]{9}$/.test(id)
}

function badId(id: string): VendorError {
  const message = `Tool call id was ${id} but must be a-z, A-Z, 0-9, with a length of 9.`
  return mistralInvalid(message, '3280', 'invalid_function_call')
}

import { isObject, listAt } from '../json.ts'
import { compatibleDialect } from './compatible.ts'
import type { VendorError } from './dialect.ts'
import { checkConversation } from './openai-checks.ts'
import { openAIError } from './openai-errors.ts'
import { sealOf } from './seals.ts'

/** Groq: strict about the fields of messages (issues of 2025 and 2026, all in the same words). */
export const groqDialect = compatibleDialect({
  vendor: 'groq',
  basePath: '/openai/v1',
  exampleModel: 'openai/gpt-oss-120b',
  refuses: (body) => checkNames(listAt(body, 'messages')) ?? checkConversation(listAt(body, 'messages')),
  manner: { thoughts: (reasoning) => ({ reasoning }), wholeCalls: true },
})

function checkNames(messages: readonly unknown[]): VendorError | undefined {
  for (const [index, message] of messages.entries()) {
    const { role, ...fields } = isObject(message) ? message : { role: '' }
    const stranger = Object.keys(fields).find((name) => !messageFields.has(name))
    if (stranger === undefined) continue
    const problem = `'messages.${index}' : property '${stranger}' is unsupported`
    return openAIError(400, {
      message: `'messages.${index}' : for 'role:${String(role)}' the following must be satisfied[(${problem})]`,
    })
  }
  return undefined
}

const messageFields = new Set(['content', 'name', 'tool_calls', 'tool_call_id', 'function_call', 'reasoning'])

/** OpenRouter: reasoning comes as details, which are to be sent back unchanged (openrouter.ai/docs, "Reasoning tokens"). */
export const openrouterDialect = compatibleDialect({
  vendor: 'openrouter',
  basePath: '/api/v1',
  exampleModel: 'openai/gpt-oss-120b',
  refuses: (body) => checkDetails(listAt(body, 'messages')) ?? checkConversation(listAt(body, 'messages')),
  manner: {
    thoughts: (text) => ({
      reasoning: text,
      reasoning_details: [
        { type: 'reasoning.text', text, signature: sealOf('openrouter', text), format: 'anthropic-claude-v1', index: 0 },
      ],
    }),
  },
})

/** What was signed is as it was. */
function checkDetails(messages: readonly unknown[]): VendorError | undefined {
  for (const detail of messages.flatMap((message) => listAt(message, 'reasoning_details'))) {
    const { text, signature } = isObject(detail) ? detail : {}
    if (signature !== sealOf('openrouter', String(text)))
      return openAIError(400, { message: 'Invalid signature in thinking block' })
  }
  return undefined
}

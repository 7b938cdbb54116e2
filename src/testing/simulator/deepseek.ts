import { at, listAt, textAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { compatibleDialect } from './compatible.ts'
import type { ProblemContext, ProblemName, VendorError } from './dialect.ts'
import { openAIProblems, openAIError } from './openai-errors.ts'
import { usageOf } from './openai-answer.ts'
import { checkConversation } from './openai-checks.ts'
import type { FullReply } from './reply.ts'
import type { Turn } from './turn.ts'

/** DeepSeek: chat completions, by the vendor's guides (api-docs.deepseek.com, 2026-11) and recorded refusals. */
export const deepseekDialect = compatibleDialect({
  vendor: 'deepseek',
  basePath: '',
  exampleModel: 'deepseek-v4-pro',
  refuses: (body, { model }) =>
    checkFormat(body) ?? checkParts(body, model) ?? checkConversation(listAt(body, 'messages')) ?? checkThinking(body, model),
  manner: { usage },
  problem: (name, context) => problems[name]?.(context) ?? openAIProblems[name](context),
})

/** Cached tokens have fields of their own. */
function usage(reply: FullReply, turn: Turn): JsonObject {
  const { cached, input, cacheWrite } = reply.usage
  return { ...usageOf(reply, turn), prompt_cache_hit_tokens: cached, prompt_cache_miss_tokens: input + cacheWrite }
}

function refused(message: string): VendorError {
  return openAIError(400, { message, code: 'invalid_request_error' })
}

function checkFormat(body: JsonObject): VendorError | undefined {
  const type = at(body, 'response_format', 'type')
  if (type === 'json_schema') return refused('This response_format type is unavailable now')
  if (type !== 'json_object' || /json/i.test(JSON.stringify(at(body, 'messages')))) return undefined
  return refused("Prompt must contain the word 'json' in some form to use 'response_format' of type 'json_object'.")
}

/** Only some models have eyes, and none has ears. */
function checkParts(body: JsonObject, model: string): VendorError | undefined {
  const known = /^deepseek-flash|vision|-vl/.test(model) ? ['text', 'image_url'] : ['text']
  for (const [index, message] of listAt(body, 'messages').entries()) {
    const strange = listAt(message, 'content').find((part) => !known.includes(textAt(part, 'type') ?? ''))
    if (strange === undefined) continue
    const words = known.map((name) => `\`${name}\``).join(' or ')
    return refused(
      `Failed to deserialize the JSON body into the target type: messages[${index}]: unknown variant \`${textAt(strange, 'type')}\`, expected ${words}`,
    )
  }
  return undefined
}

/** What the current models and the first reasoning model each want of the reasoning in the history. */
function checkThinking(body: JsonObject, model: string): VendorError | undefined {
  const turns = listAt(body, 'messages').filter((message) => at(message, 'role') === 'assistant')
  const said = turns.filter((message) => at(message, 'reasoning_content') !== undefined)
  if (/^deepseek-(?:reasoner|r1)/.test(model)) {
    // guides/reasoning_model: a 400 for a conversation that brings reasoning back. The wording is not documented.
    return said.length > 0 ? refused('reasoning_content is not allowed in the input messages') : undefined
  }
  if (/^deepseek-(?:chat|coder)/.test(model) || at(body, 'thinking', 'type') === 'disabled') return undefined
  const choice = at(body, 'tool_choice')
  if (choice !== undefined && choice !== 'auto' && choice !== 'none')
    return refused('Thinking mode does not support this tool_choice')
  const usesTools = listAt(body, 'tools').length > 0 || turns.some((message) => listAt(message, 'tool_calls').length > 0)
  return usesTools && said.length < turns.length
    ? refused('The `reasoning_content` in the thinking mode must be passed back to the API.')
    : undefined
}

const problems: Readonly<Partial<Record<ProblemName, (context: ProblemContext) => VendorError>>> = {
  'no-credit': ({ message = 'Insufficient Balance' }) =>
    openAIError(402, { message, type: 'unknown_error', code: 'invalid_request_error' }),
  quota: ({ message = 'Insufficient Balance' }) =>
    openAIError(402, { message, type: 'unknown_error', code: 'invalid_request_error' }),
  'model-not-found': ({ model }) =>
    refused(`The supported API model names are deepseek-v4-pro or deepseek-v4-flash, but you passed ${model}.`),
  'content-filter': ({ message = 'Content Exists Risk' }) => refused(message),
}

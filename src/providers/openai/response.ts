import type OpenAI from 'openai'
import type { ChatCompletion } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import { answerObject, isCompletion } from '../shared/completion.ts'
import { isObject } from '../shared/json.ts'
import { plainReading } from './reading.ts'
import type { Reading } from './reading.ts'

/** The answer in the body of a 2xx response: checked, and repaired where a server left out what callers rely on. */
export function completionOf(text: string, { refusals, whole }: Reading = plainReading): ChatCompletion {
  const sent = answerObject(text, refusals)
  const answer = whole === undefined ? sent : whole(sent)
  if (!isCompletion(answer)) throw new AttemptError('malformed', 'The answer has no choices[0].message.', { body: answer })
  return isSound(answer) ? answer : repaired(answer)
}

function isSound({ object, created, id, choices }: ChatCompletion): boolean {
  if (object !== 'chat.completion' || !Number.isInteger(created) || typeof id !== 'string') return false
  return choices.every(({ index, message, finish_reason }) => {
    const { role, content, tool_calls } = message
    if (typeof index !== 'number' || role !== 'assistant' || content === undefined || !finish_reason) return false
    return tool_calls === undefined || (Array.isArray(tool_calls) && tool_calls.every(isSoundCall))
  })
}

function isSoundCall(call: OpenAI.ChatCompletionMessageToolCall): boolean {
  if (typeof call.id !== 'string' || call.id === '') return false
  return call.type === 'function' ? typeof call.function.arguments === 'string' : call.type === 'custom'
}

function repaired(answer: ChatCompletion): ChatCompletion {
  const created = Number.isFinite(answer.created) ? Math.trunc(answer.created) : Math.trunc(Date.now() / 1000)
  const id = typeof answer.id === 'string' ? answer.id : `chatcmpl-${crypto.randomUUID()}`
  return { ...answer, id, object: 'chat.completion', created, choices: answer.choices.map(repairedChoice) }
}

function repairedChoice(choice: OpenAI.ChatCompletion.Choice, position: number): OpenAI.ChatCompletion.Choice {
  const { message } = choice
  const calls = Array.isArray(message.tool_calls) ? message.tool_calls : undefined
  const { tool_calls: _, ...rest } = message
  const finish = choice.finish_reason || (calls === undefined || calls.length === 0 ? 'stop' : 'tool_calls')
  return {
    ...choice,
    index: choice.index ?? position,
    finish_reason: finish,
    message: {
      ...rest,
      role: 'assistant',
      content: message.content ?? null,
      ...(calls === undefined ? {} : { tool_calls: calls.map(repairedCall) }),
    },
  }
}

function repairedCall(call: OpenAI.ChatCompletionMessageToolCall): OpenAI.ChatCompletionMessageToolCall {
  const id = call.id || `call_${crypto.randomUUID()}`
  if (call.type === 'custom') return { ...call, id }
  const { function: called } = call
  return { ...call, id, type: 'function', function: { ...called, arguments: argumentsText(called.arguments) } }
}

/** Some servers send the arguments as an object, or none at all. */
export function argumentsText(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined || value === null ? '{}' : JSON.stringify(value)
}

/** The vectors in the body of a 2xx response. */
export function embeddingsOf(text: string, { refusals }: Reading = plainReading): OpenAI.CreateEmbeddingResponse {
  const answer: unknown = answerObject(text, refusals)
  if (!isEmbeddings(answer)) throw new AttemptError('malformed', 'The answer has no embeddings in `data`.')
  return answer
}

function isEmbeddings(value: unknown): value is OpenAI.CreateEmbeddingResponse {
  if (!isObject(value) || !Array.isArray(value['data'])) return false
  return value['data'].every((item: unknown) => isObject(item) && 'embedding' in item)
}

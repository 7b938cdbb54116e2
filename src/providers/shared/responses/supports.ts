import type { Support } from '../../../contracts/adapter.ts'
import type { ChatMessage, ChatRequest } from '../../../contracts/chat.ts'
import { modern } from '../legacy.ts'
import { leastOutput } from './request.ts'
import { objectsOf } from './wire.ts'

type No = Extract<Support, { readonly level: 'no' }>

/** What the Responses format makes of a chat request: a refusal, or the tuning fields that it has no place for. */
export function responsesSupport(asked: ChatRequest): No | readonly string[] {
  const request = modern(asked)
  const refused = answerProblem(request) ?? toolProblem(request) ?? messageProblem(request)
  if (refused !== undefined) return refused
  const dropped: string[] = tuning.filter((field) => isTuned(request[field]))
  // Less than the least is raised to it.
  for (const field of limits) if ((request[field] ?? leastOutput) < leastOutput) dropped.push(field)
  if (request.messages.some((message) => 'name' in message && message.name !== undefined)) dropped.push('messages[].name')
  return dropped
}

const tuning = ['seed', 'frequency_penalty', 'presence_penalty', 'logit_bias', 'prediction'] as const
const limits = ['max_completion_tokens', 'max_tokens'] as const

function isTuned(value: unknown): boolean {
  if (value === undefined || value === null || value === 0) return false
  return typeof value !== 'object' || Object.keys(value).length > 0
}

/** A refusal. */
export function no(field: string, reason: string): No {
  return { level: 'no', field, reason }
}

function answerProblem({ n, stop, modalities, audio }: ChatRequest): No | undefined {
  if ((n ?? 1) !== 1) return no('n', 'the Responses format gives one answer a call')
  if (stop !== undefined && stop !== null && stop.length > 0) return no('stop', 'the Responses format has no stop sequences')
  if ((modalities ?? []).some((modality) => modality !== 'text')) return no('modalities', 'this model answers in text')
  return audio === undefined || audio === null ? undefined : no('audio', 'this model answers in text')
}

function toolProblem({ tools, stream }: ChatRequest): No | undefined {
  // OpenAI's chunks have no shape for them.
  const custom = stream === true ? (tools ?? []).findIndex(({ type }) => type === 'custom') : -1
  return custom === -1 ? undefined : no(`tools[${custom}]`, 'calls of custom tools cannot be streamed as chat chunks')
}

function messageProblem({ messages }: ChatRequest): No | undefined {
  for (const [at, message] of messages.entries()) {
    if (message.role === 'assistant' && message.audio) return no(`messages[${at}].audio`, 'audio is not supported here')
    const known = partTypes[message.role] ?? textAlone
    const part = objectsOf(message.content).findIndex(({ type }) => !known.has(String(type)))
    if (part !== -1)
      return no(
        `messages[${at}].content[${part}].type`,
        `parts of this type are not supported in messages of role '${message.role}'`,
      )
  }
  return undefined
}

const textAlone: ReadonlySet<string> = new Set(['text'])
const anything: ReadonlySet<string> = new Set(['text', 'image_url', 'file'])
const partTypes: Readonly<Partial<Record<ChatMessage['role'], ReadonlySet<string>>>> = {
  user: anything,
  tool: anything,
  assistant: new Set(['text', 'refusal']),
}

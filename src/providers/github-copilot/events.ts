import { isObject } from '../shared/json.ts'

/** An event of a session, whatever it is. */
export interface RawEvent {
  readonly type: string
  readonly data: object
  /** Set where somebody below the main agent is at work. */
  readonly agentId?: string | undefined
}

/** The events that are read; there are many more. */
export type SessionEvent =
  | Event<'session.tools_updated', { readonly model: string }>
  | Event<'assistant.message_delta', { readonly messageId: string; readonly deltaContent: string }>
  | Event<'assistant.reasoning_delta', { readonly deltaContent: string }>
  | Event<'assistant.message', MessageData>
  | Event<'assistant.usage', UsageData>
  | Event<'assistant.turn_end', object>
  | Event<'external_tool.requested', object>
  | Event<'model.call_failure', CallFailureData>
  | Event<'session.error', ErrorData>
  | Event<'session.idle', { readonly aborted?: boolean }>
  | Event<'session.shutdown', object>

interface Event<Type extends string, Data extends object> extends RawEvent {
  readonly type: Type
  readonly data: Data
}

/** A message of the model, whole. */
export interface MessageData {
  readonly messageId: string
  readonly content: string
  readonly reasoningText?: string
  readonly toolRequests?: readonly { readonly toolCallId: string; readonly name: string; readonly arguments?: unknown }[]
  /** Where one answer is split into several messages: which one this is, from 0, and how many there are. */
  readonly chunkIndex?: number
  readonly chunkCount?: number
}

/** What a model call has used. */
export interface UsageData {
  readonly inputTokens?: number
  readonly outputTokens?: number
  readonly cacheReadTokens?: number
  readonly cacheWriteTokens?: number
  readonly reasoningTokens?: number
  readonly finishReason?: string
  readonly contentFilterTriggered?: boolean
}

/** A model call that failed. */
export interface CallFailureData {
  readonly source: 'top_level' | 'subagent' | 'mcp_sampling'
  readonly statusCode?: number
  readonly errorMessage?: string
  readonly serviceRequestId?: string
  readonly providerCallId?: string
}

/** An error of the session. */
export interface ErrorData {
  readonly errorType: string
  readonly message: string
  readonly errorCode?: string
  readonly statusCode?: number
  readonly serviceRequestId?: string
  readonly providerCallId?: string
}

/** The fields without which an event of a type says nothing: texts, all of them. */
const needed: Readonly<Record<SessionEvent['type'], readonly string[]>> = {
  'session.tools_updated': ['model'],
  'assistant.message_delta': ['messageId', 'deltaContent'],
  'assistant.reasoning_delta': ['deltaContent'],
  'assistant.message': ['messageId', 'content'],
  'assistant.usage': [],
  'assistant.turn_end': [],
  'external_tool.requested': [],
  'model.call_failure': ['source'],
  'session.error': ['errorType', 'message'],
  'session.idle': [],
  'session.shutdown': [],
}

const neededOf = new Map<string, readonly string[]>(Object.entries(needed))

/** Whether an event is one of those that are read. */
export function isRead(event: RawEvent): event is SessionEvent {
  const { data } = event
  return isObject(data) && neededOf.get(event.type)?.every((name) => typeof data[name] === 'string') === true
}

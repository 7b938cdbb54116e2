import type Anthropic from '@anthropic-ai/sdk'
import type { ChatMessage, ChatRequest } from '../../contracts/chat.ts'
import { cacheControl, partBlocks, textBlocks, type Block, type Place } from './content.ts'
import { isObject, textOf } from '../shared/json.ts'
import { extraField } from '../shared/guards.ts'
import type { ClaudeRules } from '../shared/claude/rules.ts'
import { argumentsOf, legacyCallId } from '../shared/history.ts'
import { unsupported, type Notes } from '../shared/notes.ts'
import { toolIds, type ToolIds } from '../shared/tool-ids.ts'
import type { Door } from './door.ts'
import { replayable } from './state.ts'
import { idForm } from './tool-ids.ts'

/** One turn on the wire. */
export interface Turn {
  readonly role: 'user' | 'assistant' | 'system'
  readonly content: readonly Block[]
}

/** A conversation as the vendor wants it. */
export interface Conversation {
  readonly system: readonly Anthropic.TextBlockParam[]
  readonly turns: readonly Turn[]
  /** The last turn is the assistant's, to be continued. */
  readonly prefilled: boolean
  /** Tool results answer a turn that has lost its thinking; `budget_tokens` would then be refused. */
  readonly unthoughtStep: boolean
}

interface Draft {
  readonly role: Turn['role']
  readonly results: Block[]
  readonly blocks: Block[]
}

/** For whom a conversation is translated. */
export interface ConversationTarget {
  readonly rules: ClaudeRules
  readonly notes: Notes
  readonly door: Pick<Door, 'fetches' | 'serverTools'>
}

/** A conversation under construction. */
interface Work extends ConversationTarget {
  readonly ids: ToolIds
  readonly system: Anthropic.TextBlockParam[]
  readonly drafts: Draft[]
  /** Later instructions that wait for a place where they are allowed. */
  pending: Anthropic.TextBlockParam[]
}

/**
 * OpenAI's messages as turns: leading instructions become `system`, neighbours of one role become one turn, and the
 * results of a step stand first in the user turn that follows it.
 */
export function conversation(messages: ChatRequest['messages'], { rules, notes, door }: ConversationTarget): Conversation {
  const work: Work = { rules, notes, door, ids: toolIds(idForm), system: [], drafts: [], pending: [] }
  for (const [index, message] of messages.entries()) take(message, `messages[${index}]`, work)
  settle(work, true)
  const turns = opened(work).map(({ role, results, blocks }): Turn => ({ role, content: [...results, ...blocks] }))
  const prefilled = isPrefill(turns.at(-1))
  if (prefilled && !rules.prefill) {
    throw unsupported(`messages[${messages.length - 1}]`, 'the model does not continue an assistant message')
  }
  return {
    system: work.system,
    turns: prefilled ? trimmed(turns) : turns,
    prefilled,
    unthoughtStep: isUnthoughtStep(turns),
  }
}

function take(message: ChatMessage, field: string, work: Work): void {
  const place = { notes: work.notes, door: work.door, field: `${field}.content` }
  if (message.role !== 'function' && message.role !== 'tool' && 'name' in message && message.name !== undefined) {
    work.notes.drop('messages[].name')
  }
  switch (message.role) {
    case 'system':
    case 'developer': {
      const blocks = marked(textBlocks(message.content, place), message)
      const started = work.drafts.length > 0
      if (started) work.pending.push(...blocks)
      else work.system.push(...blocks)
      return
    }
    case 'user':
      draft('user', work).blocks.push(...marked(partBlocks(message.content, place), message))
      return
    case 'tool':
      draft('user', work).results.push(toolResult(work.ids.resolve(message.tool_call_id), message, place))
      return
    case 'function':
      draft('user', work).results.push(toolResult(work.ids.resolve(legacyCallId(message.name)), message, place))
      return
    case 'assistant':
      takeAssistant(message, field, work)
      return
    default:
      throw unsupported(`${field}.role`, 'is not a role that this provider knows')
  }
}

function takeAssistant(message: Extract<ChatMessage, { role: 'assistant' }>, field: string, work: Work): void {
  const state = replayable({ ...message }, work.door)
  if (state !== undefined) {
    for (const block of state) if (block.type === 'tool_use') work.ids.keep(textOf(extraField(block, 'id')) ?? '')
  }
  const blocks = state ?? marked(assistantBlocks(message, field, work), message)
  if (blocks.length === 0) return
  settle(work, false)
  draft('assistant', work).blocks.push(...blocks)
}

function assistantBlocks(message: Extract<ChatMessage, { role: 'assistant' }>, field: string, work: Work): Block[] {
  if (isObject(message.audio)) throw unsupported(`${field}.audio`, 'spoken answers cannot be sent back to this provider')
  const blocks: Block[] = textBlocks(message.content, { ...work, field: `${field}.content` })
  if (message.refusal !== undefined && message.refusal !== null) blocks.push(...textBlocks(message.refusal, { ...work, field }))
  for (const [index, call] of (message.tool_calls ?? []).entries()) {
    if (call.type !== 'function') throw unsupported(`${field}.tool_calls[${index}]`, 'custom tools are not known here')
    blocks.push(toolUse(work.ids.declare(call.id), call.function, call))
  }
  const legacy = message.function_call
  if (isObject(legacy)) blocks.push(toolUse(work.ids.declare(legacyCallId(textOf(legacy['name']) ?? '')), legacy, legacy))
  return blocks
}

function toolUse(id: string, call: object, holder: object): Anthropic.ToolUseBlockParam {
  const name = textOf(extraField(call, 'name')) ?? ''
  return { type: 'tool_use', id, name, input: argumentsOf(extraField(call, 'arguments')), ...cacheControl(holder) }
}

function toolResult(id: string, message: { content?: unknown }, place: Place): Block {
  const blocks = partBlocks(message.content, place)
  const [only] = blocks
  const plain = blocks.length === 1 && only?.type === 'text' && only.cache_control === undefined ? only.text : undefined
  const content = blocks.length === 0 ? {} : { content: plain ?? blocks }
  return { type: 'tool_result', tool_use_id: id, ...content, ...cacheControl(message) }
}

/** Puts a cache breakpoint that stands on the message on its last block. */
function marked<B extends Block>(blocks: readonly B[], message: object): B[] {
  const control = cacheControl(message)
  if (control.cache_control === undefined) return [...blocks]
  return blocks.map((block, index) => (index === blocks.length - 1 ? { ...control, ...block } : block))
}

/** The draft for this role: the last one, or a new one. */
function draft(role: Turn['role'], { drafts }: Work): Draft {
  const last = drafts.at(-1)
  if (last?.role === role) return last
  const next: Draft = { role, results: [], blocks: [] }
  drafts.push(next)
  return next
}

/**
 * Places the instructions that came since the last assistant turn. A `system` message must follow a user turn and stand
 * before an assistant turn or last; elsewhere, and on models without such messages, they join the first instructions.
 */
function settle(work: Work, atEnd: boolean): void {
  const { pending, rules, notes, drafts } = work
  if (pending.length === 0) return
  const follows = drafts.at(-1)?.role
  if (follows === 'user' && rules.systemMessages) {
    drafts.push({ role: 'system', results: [], blocks: pending })
  } else {
    notes.emulate()
    // Behind the last answer there is nothing but the instruction to answer to.
    if (atEnd && follows === 'assistant') draft('user', work).blocks.push(...pending)
    else work.system.push(...pending)
  }
  // oxlint-disable-next-line no-param-reassign -- the work is this module's own and lives for one call
  work.pending = []
}

/** The drafts, with a user turn first: the vendor wants one, OpenAI does not. */
function opened(work: Work): readonly Draft[] {
  const drafts = work.drafts.filter(({ results, blocks }) => results.length + blocks.length > 0)
  if (drafts.length === 0) {
    if (work.system.length === 0) throw unsupported('messages', 'no message has any content')
    work.notes.emulate()
    return [{ role: 'user', results: [], blocks: work.system.splice(0) }]
  }
  if (drafts[0]?.role !== 'assistant') return drafts
  work.notes.emulate()
  return [{ role: 'user', results: [], blocks: [{ type: 'text', text: '(The assistant begins.)' }] }, ...drafts]
}

/** A final assistant turn is to be continued, unless it paused on a tool of the vendor's own. */
function isPrefill(turn: Turn | undefined): boolean {
  if (turn?.role !== 'assistant') return false
  const last = turn.content.at(-1)?.type ?? ''
  return !(last.endsWith('_tool_result') || last.endsWith('_tool_use'))
}

/** The vendor refuses white space at the end of a text that it is to continue. */
function trimmed(turns: readonly Turn[]): Turn[] {
  const last = turns.at(-1)
  const block = last?.content.at(-1)
  if (last === undefined || block?.type !== 'text') return [...turns]
  const text = (textOf(extraField(block, 'text')) ?? '').trimEnd()
  const content = [...last.content.slice(0, -1), ...(text === '' ? [] : [{ ...block, text }])]
  return [...turns.slice(0, -1), ...(content.length === 0 ? [] : [{ ...last, content }])]
}

function isUnthoughtStep(turns: readonly Turn[]): boolean {
  const content = turns.findLast(({ role }) => role === 'assistant')?.content ?? []
  const calls = content.some(({ type }) => type === 'tool_use')
  const first = content[0]?.type
  return calls && first !== 'thinking' && first !== 'redacted_thinking'
}

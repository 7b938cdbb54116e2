import type { ChatMessage, ChatRequest } from '../../contracts/chat.ts'
import { legacyCallId } from '../shared/history.ts'
import { isObject, textOf } from '../shared/json.ts'
import { toolIds, type ToolIds } from '../shared/tool-ids.ts'
import { assistantBlocks, toolResult } from './assistant.ts'
import { cachePoints, contentContext, partBlocks, textBlocks, type ContentContext } from './content.ts'
import type { Traits } from './models.ts'
import { unsupported, type Notes } from '../shared/notes.ts'
import { replayable } from './state.ts'
import { idForm } from './tool-ids.ts'
import { asWords } from './tool-words.ts'
import type { Block, Turn } from './wire.ts'

/** A conversation as the vendor wants it. */
export interface Conversation {
  readonly system: readonly Block[]
  readonly turns: readonly Turn[]
  /** The names of all tools that were called. */
  readonly called: readonly string[]
  /** The last turn is the assistant's, to be continued. */
  readonly prefilled: boolean
  /** Tool results answer a turn without signed reasoning; a thinking budget would then be refused. */
  readonly unthoughtStep: boolean
}

/** For which model a conversation is translated. */
export interface ConversationTarget {
  readonly model: string
  readonly traits: Traits
  readonly notes: Notes
  /** Stands behind the caller's own instructions. */
  readonly instruction?: string
}

/** A turn under construction. */
interface Draft {
  readonly role: Turn['role']
  readonly results: Block[]
  readonly blocks: Block[]
}

interface Work extends ConversationTarget {
  readonly context: ContentContext
  readonly ids: ToolIds
  readonly system: Block[]
  readonly drafts: Draft[]
}

/**
 * OpenAI's messages as turns that alternate: instructions become `system` (the first user turn on models without it),
 * neighbours of one role become one turn, and the results of a step stand first in the user turn that follows it.
 */
export function conversation(messages: ChatRequest['messages'], target: ConversationTarget): Conversation {
  const { traits, notes } = target
  const context = contentContext(traits, notes)
  const work: Work = { ...target, context, ids: toolIds(idForm(traits.nineCharacterIds)), system: [], drafts: [] }
  for (const [index, message] of messages.entries()) take(message, `messages[${index}]`, work)
  if (target.instruction !== undefined) work.system.push({ text: target.instruction })
  const turns = finished(opened(work), target)
  const prefilled = turns.at(-1)?.role === 'assistant'
  if (prefilled && !traits.prefill) {
    throw unsupported(`messages[${messages.length - 1}]`, 'the model does not continue an assistant message')
  }
  return {
    system: traits.system ? work.system : [],
    turns: prefilled ? trimmed(turns) : turns,
    called: [...new Set(turns.flatMap(({ content }) => content.flatMap(calledName)))],
    prefilled,
    unthoughtStep: isUnthoughtStep(turns),
  }
}

function take(message: ChatMessage, field: string, work: Work): void {
  const { context, notes } = work
  const place = `${field}.content`
  if (message.role !== 'function' && message.role !== 'tool' && 'name' in message && message.name !== undefined) {
    notes.drop('messages[].name')
  }
  switch (message.role) {
    case 'system':
    case 'developer':
      instruct([...textBlocks(message.content, place, context), ...cachePoints(message, context)], work)
      return
    case 'user':
      draft('user', work).blocks.push(...partBlocks(message.content, place, context), ...cachePoints(message, context))
      return
    case 'tool':
      draft('user', work).results.push(...toolResult(work.ids.resolve(message.tool_call_id), message, { field: place, context }))
      return
    case 'function':
      draft('user', work).results.push(
        ...toolResult(work.ids.resolve(legacyCallId(message.name)), message, { field: place, context }),
      )
      return
    case 'assistant':
      takeAssistant(message, field, work)
      return
    default:
      throw unsupported(`${field}.role`, 'is not a role that this provider knows')
  }
}

/** Instructions that come later join the first ones: there is no other place for them. */
function instruct(blocks: readonly Block[], { system, drafts, notes }: Work): void {
  if (drafts.length > 0) notes.emulate()
  system.push(...blocks)
}

function takeAssistant(message: Extract<ChatMessage, { role: 'assistant' }>, field: string, work: Work): void {
  const { context, ids, model } = work
  const state = replayable({ ...message }, model)
  for (const block of state ?? []) {
    if (isObject(block['toolUse'])) ids.keep(textOf(block['toolUse']['toolUseId']) ?? '')
  }
  const blocks = state ?? [...assistantBlocks(message, field, { ids, context }), ...cachePoints(message, context)]
  if (blocks.length > 0) draft('assistant', work).blocks.push(...blocks)
}

/** The draft for this role: the last one, or a new one. */
function draft(role: Turn['role'], { drafts }: Work): Draft {
  const last = drafts.at(-1)
  if (last?.role === role) return last
  const next: Draft = { role, results: [], blocks: [] }
  drafts.push(next)
  return next
}

/** The drafts, with a user turn first: the vendor wants one, OpenAI does not. */
function opened(work: Work): readonly Draft[] {
  const drafts = work.drafts.filter(({ results, blocks }) => results.length + blocks.length > 0)
  const words = work.traits.system ? [] : work.system
  if (words.length > 0) work.notes.emulate()
  const [first, ...rest] = drafts
  if (first?.role === 'user') return [{ ...first, blocks: [...words, ...first.blocks] }, ...rest]
  work.notes.emulate()
  const opening = { text: drafts.length === 0 ? '(There is no message yet.)' : '(The assistant begins.)' }
  return [{ role: 'user', results: [], blocks: [...words, opening] }, ...drafts]
}

/** The turns as they may be sent: documents beside a text, calls and results in words where the model knows no tools. */
function finished(drafts: readonly Draft[], { traits, notes }: ConversationTarget): readonly Turn[] {
  return drafts.map(({ role, results, blocks }) => {
    const content = [...results, ...inOrder(role, blocks)]
    const told = traits.tools ? content : asWords(content, notes)
    const needsText = told.some((block) => 'document' in block) && !told.some((block) => 'text' in block)
    if (needsText) notes.emulate()
    return { role, content: needsText ? [{ text: '(See the attached documents.)' }, ...told] : told }
  })
}

/** Joined assistant messages: text stands before calls, or the vendor refuses the turn. */
function inOrder(role: Turn['role'], blocks: readonly Block[]): readonly Block[] {
  const firstCall = blocks.findIndex((block) => 'toolUse' in block)
  const isSettled = firstCall === -1 || blocks.slice(firstCall).every((block) => !('text' in block))
  // A turn of one's own that holds reasoning is sent back as it came.
  if (role === 'user' || isSettled || blocks.some((block) => 'reasoningContent' in block)) return blocks
  return [...blocks.filter((block) => !('toolUse' in block)), ...blocks.filter((block) => 'toolUse' in block)]
}

/** White space at the end of a text that is to be continued is refused. */
function trimmed(turns: readonly Turn[]): readonly Turn[] {
  const last = turns.at(-1)
  const block = last?.content.at(-1)
  if (last === undefined || block === undefined || !('text' in block)) return turns
  return [
    ...turns.slice(0, -1),
    { ...last, content: [...last.content.slice(0, -1), { text: (textOf(block['text']) ?? '').trimEnd() }] },
  ]
}

function calledName(block: Block): string[] {
  const call = block['toolUse']
  const name = isObject(call) && call['type'] !== 'server_tool_use' ? textOf(call['name']) : undefined
  return name === undefined ? [] : [name]
}

function isUnthoughtStep(turns: readonly Turn[]): boolean {
  const content = turns.findLast(({ role }) => role === 'assistant')?.content ?? []
  return content.some((block) => 'toolUse' in block) && !content.some((block) => 'reasoningContent' in block)
}

import type { ChatMessage } from '../../contracts/chat.ts'
import { argumentsOf, legacyCallId } from '../shared/history.ts'
import { isObject, textOf } from '../shared/json.ts'
import { cachePoints, partBlocks, textBlocks, type ContentContext } from './content.ts'
import { extraField } from '../shared/guards.ts'
import { unsupported } from '../shared/notes.ts'
import type { ToolIds } from '../shared/tool-ids.ts'
import type { Block } from './wire.ts'

interface Place {
  readonly ids: ToolIds
  readonly context: ContentContext
}

/** An assistant message as blocks: what it said, then its calls. */
export function assistantBlocks(
  message: Extract<ChatMessage, { role: 'assistant' }>,
  field: string,
  { ids, context }: Place,
): readonly Block[] {
  if (isObject(message.audio)) throw unsupported(`${field}.audio`, 'spoken answers cannot be sent back to this provider')
  const blocks = [...textBlocks(message.content, `${field}.content`, context)]
  if (message.refusal !== undefined && message.refusal !== null) blocks.push(...textBlocks(message.refusal, field, context))
  for (const [index, call] of (message.tool_calls ?? []).entries()) {
    if (call.type !== 'function') throw unsupported(`${field}.tool_calls[${index}]`, 'custom tools are not known here')
    blocks.push(toolUse(ids.declare(call.id), call.function))
  }
  const legacy = message.function_call
  if (isObject(legacy)) blocks.push(toolUse(ids.declare(legacyCallId(textOf(legacy['name']) ?? '')), legacy))
  return blocks
}

function toolUse(toolUseId: string, call: object): Block {
  const name = textOf(extraField(call, 'name')) ?? ''
  return { toolUse: { toolUseId, name, input: argumentsOf(extraField(call, 'arguments')) } }
}

/** A tool's result. Unlike in messages, blank text is accepted here, and something must be there. */
export function toolResult(
  toolUseId: string,
  message: { readonly content?: unknown },
  { field, context }: { readonly field: string; readonly context: ContentContext },
): readonly Block[] {
  const blocks = partBlocks(message.content, field, context).filter((block) => !('cachePoint' in block))
  return [{ toolResult: { toolUseId, content: blocks.length === 0 ? [{ text: '' }] : blocks } }, ...cachePoints(message, context)]
}

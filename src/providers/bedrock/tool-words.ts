import { isObject, textOf } from '../shared/json.ts'
import { listOf } from '../shared/guards.ts'
import type { Notes } from '../shared/notes.ts'
import type { Block } from './wire.ts'

/** Calls and results in words, for a model that knows no tools but carries on a conversation that used some. */
export function asWords(content: readonly Block[], notes: Notes): readonly Block[] {
  return content.flatMap((block) => {
    const { toolUse: call, toolResult: result } = block
    if (isObject(call)) {
      notes.emulate()
      return [{ text: `(Called ${textOf(call['name']) ?? 'a tool'} with ${JSON.stringify(call['input'] ?? {})}.)` }]
    }
    if (!isObject(result)) return [block]
    notes.emulate()
    const parts = listOf(result['content']).filter(isObject)
    const words = parts.flatMap((part) => textOf(part['text']) ?? []).join('\n')
    return [{ text: `(The tool answered: ${words})` }, ...parts.filter((part) => !('text' in part))]
  })
}

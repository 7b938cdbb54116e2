import type { ChatRequest } from '../../contracts/chat.ts'
import { jsonObjectWords, jsonSchemaWords } from '../shared/json-words.ts'
import { unsupported, type Notes } from '../shared/notes.ts'
import type { Turn } from './conversation.ts'

/**
 * The turns with the format of the answer asked for in words, behind the instructions at the beginning; the router checks
 * the answer. A strict schema is a guarantee, which words cannot give.
 */
export function formatted(turns: readonly Turn[], { response_format: format }: ChatRequest, notes: Notes): readonly Turn[] {
  if (format === undefined || format === null || format.type === 'text') return turns
  if (format.type === 'json_schema' && format.json_schema.strict === true)
    throw unsupported('response_format.json_schema', 'the model cannot guarantee a schema')
  if (format.type !== 'json_schema' && format.type !== 'json_object')
    throw unsupported('response_format', 'is of a type that this provider does not know')
  const text = format.type === 'json_schema' ? jsonSchemaWords(format.json_schema.schema ?? {}) : jsonObjectWords
  notes.emulate()
  notes.leave(['response_format'])
  const spoken = turns.findIndex(({ role }) => role !== 'system')
  return turns.toSpliced(spoken === -1 ? turns.length : spoken, 0, { role: 'system', text })
}

import type { ChatRequest } from '../../contracts/chat.ts'
import { jsonObjectWords, jsonSchemaWords } from '../shared/json-words.ts'
import { modern } from '../shared/legacy.ts'
import { unsupported } from '../shared/notes.ts'
import type { Notes } from '../shared/notes.ts'
import { otherFieldsCheck } from '../shared/other-fields.ts'
import { promptOf } from './prompt.ts'
import type { Prompt } from './prompt.ts'
import { toolsOf } from './tools.ts'
import type { SessionSettings } from './sdk.ts'

/** A request as a session and its one message. */
export interface Translated {
  /** What of the session's configuration the request decides. */
  readonly config: Pick<SessionSettings, 'systemMessage' | 'reasoningEffort' | 'tools' | 'availableTools' | 'toolSearch'>
  readonly prompt: Prompt
}

/** Translates a request. `allowsTools` is the factory's `tools`. Throws what cannot be served. */
export function translate(
  request: ChatRequest,
  { allowsTools, notes }: { readonly allowsTools: boolean; readonly notes: Notes },
): Translated {
  const asked = modern(request)
  checkSettings(asked, notes)
  const tools = toolsOf(asked, { allowsTools, notes })
  const prompt = promptOf(asked, notes)
  const words = formatWords(asked, notes)
  const system = [prompt.system, words].filter((text) => text !== undefined && text !== '').join('\n\n')
  return {
    config: { systemMessage: { mode: 'replace', content: system }, ...effortOf(asked, notes), ...tools },
    prompt,
  }
}

const checkOthers = otherFieldsCheck([])

/** Fields that tune what the runtime decides by itself. */
const tuning = ['max_tokens', 'max_completion_tokens', 'temperature', 'top_p', 'metadata'] as const

function checkSettings(request: ChatRequest, notes: Notes): void {
  const { stop, service_tier: tier, parallel_tool_calls: parallel, tools = [] } = request
  if ((stop ?? '').length > 0) throw unsupported('stop', 'a session knows no stop sequences')
  checkOthers(request, notes)
  for (const field of tuning) if ((request[field] ?? undefined) !== undefined) notes.drop(field)
  if (!['auto', 'default'].includes(tier ?? 'auto')) notes.drop('service_tier')
  if (parallel === false && tools.length > 0) notes.drop('parallel_tool_calls')
}

/** The SDK's levels of effort (`ReasoningEffort` of @github/copilot-sdk 1.0.14). */
const efforts: readonly string[] = ['low', 'medium', 'high', 'xhigh', 'max'] satisfies SessionSettings['reasoningEffort'][]

function effortOf({ reasoning_effort: asked }: ChatRequest, notes: Notes): Pick<SessionSettings, 'reasoningEffort'> {
  if (asked === undefined || asked === null) return {}
  const effort = asked === 'minimal' ? 'low' : asked
  if (isEffort(effort)) return { reasoningEffort: effort }
  notes.drop('reasoning_effort')
  return {}
}

function isEffort(value: string): value is NonNullable<SessionSettings['reasoningEffort']> {
  return efforts.includes(value)
}

/** A session has no place for a format: it is asked for in words, which guarantee nothing, and checked by the router. */
function formatWords({ response_format: format }: ChatRequest, notes: Notes): string | undefined {
  if (format === undefined || format === null || format.type === 'text') return undefined
  if (format.type !== 'json_object' && format.type !== 'json_schema')
    throw unsupported('response_format', 'is of a type that is not known here')
  if (format.type === 'json_schema' && format.json_schema.strict === true)
    throw unsupported('response_format.json_schema', 'a session guarantees no schema')
  notes.emulate()
  notes.leave(['response_format'])
  return format.type === 'json_object' ? jsonObjectWords : jsonSchemaWords(format.json_schema.schema ?? {})
}

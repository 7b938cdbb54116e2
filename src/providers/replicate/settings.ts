import type { ChatRequest } from '../../contracts/chat.ts'
import { extraField } from '../shared/guards.ts'
import type { JsonObject } from '../shared/json.ts'
import { unsupported, type Notes } from '../shared/notes.ts'
import { otherFieldsCheck } from '../shared/other-fields.ts'
import { settingNames, type ModelInputs, type Setting } from './inputs.ts'

/** The inputs for everything of a request but its messages. */
export function settingsOf(request: ChatRequest, { inputs, notes }: { inputs: ModelInputs; notes: Notes }): JsonObject {
  checkOthers(request, notes)
  checkTools(request, notes)
  for (const [field, usual] of Object.entries(left)) if (isGiven(extraField(request, field), usual)) notes.drop(field)
  const settings: Record<string, unknown> = {}
  for (const name of settingNames) {
    const value = valueOf(name, request, inputs)
    const input = inputs.settings?.[name]
    if (!isGiven(value, input === undefined ? (neutral[name] ?? []) : [])) continue
    if (input !== undefined && isTaken(name, value)) settings[input] = value
    else notes.drop(fieldOf(name, request))
  }
  return settings
}

function valueOf(name: Setting, request: ChatRequest, inputs: ModelInputs): unknown {
  if (name === 'max_tokens') return request.max_completion_tokens ?? request.max_tokens
  return name === 'stop' ? stopOf(request, inputs) : request[name]
}

function fieldOf(name: Setting, request: ChatRequest): string {
  return name === 'max_tokens' && isGiven(request.max_completion_tokens, []) ? 'max_completion_tokens' : name
}

/** One text with commas between the sequences: a sequence with a comma in it would be two. */
function stopOf({ stop }: ChatRequest, inputs: ModelInputs): string | undefined {
  const sequences = (typeof stop === 'string' ? [stop] : (stop ?? [])).filter((sequence) => sequence !== '')
  if (sequences.length === 0) return undefined
  if (inputs.settings?.stop === undefined) throw unsupported('stop', 'this model has no input for stop sequences')
  if (sequences.some((sequence) => sequence.includes(','))) throw unsupported('stop', 'commas separate the sequences here')
  return [...sequences, ...(inputs.stops ?? [])].join(',')
}

/** Of the levels of effort and verbosity, those that every model with an input for them takes. */
const levels: ReadonlySet<unknown> = new Set(['low', 'medium', 'high'])

function isTaken(name: Setting, value: unknown): boolean {
  return (name !== 'reasoning_effort' && name !== 'verbosity') || levels.has(value)
}

const checkOthers = otherFieldsCheck(['seed', 'presence_penalty', 'frequency_penalty', 'verbosity'])

/** Fields that no model here has an input for, with what changes nothing. */
const left: Readonly<Record<string, readonly unknown[]>> = { metadata: [], service_tier: ['auto', 'default'] }

/** Settings at the value that changes nothing. */
const neutral: Readonly<Partial<Record<Setting, readonly unknown[]>>> = {
  presence_penalty: [0],
  frequency_penalty: [0],
  verbosity: ['medium'],
}

/** Tools that must not be called are no more than words. */
function checkTools({ tools, tool_choice: choice, functions, function_call: call }: ChatRequest, notes: Notes): void {
  for (const [field, list, mode] of [
    ['tools', tools, choice],
    ['functions', functions, call],
  ] as const) {
    if ((list ?? []).length === 0) continue
    if (mode !== 'none') throw unsupported(field, 'models here answer with text and nothing else')
    notes.drop(field)
  }
}

function isGiven(value: unknown, usual: readonly unknown[]): boolean {
  return value !== undefined && value !== null && !usual.includes(value)
}

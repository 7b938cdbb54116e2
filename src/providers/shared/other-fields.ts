import type { ChatRequest } from '../../contracts/chat.ts'
import { listOf } from './guards.ts'
import { isObject, type JsonObject } from './json.ts'
import { unsupported, type Notes } from './notes.ts'

/** Fields that every translation into a vendor's own format knows. */
const common = [
  'model',
  'messages',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'functions',
  'function_call',
  'parallel_tool_calls',
  'response_format',
  'max_tokens',
  'max_completion_tokens',
  'stop',
  'temperature',
  'top_p',
  'reasoning_effort',
  'metadata',
  'service_tier',
] as const satisfies readonly (keyof ChatRequest)[]

/** Fields that change the answer's contract, with what they may be where a vendor has nothing like them. */
const refused: Readonly<Record<string, (value: unknown) => boolean>> = {
  n: (value) => value === 1,
  logprobs: (value) => value === false,
  top_logprobs: (value) => value === 0,
  modalities: (value) => listOf(value).every((modality) => modality === 'text'),
  audio: () => false,
  moderation: () => false,
  web_search_options: () => false,
}

/** Tuning fields at the value that changes nothing. */
const neutral: Readonly<Record<string, (value: unknown) => boolean>> = {
  frequency_penalty: (value) => value === 0,
  presence_penalty: (value) => value === 0,
  logit_bias: (value) => isObject(value) && Object.keys(value).length === 0,
  store: (value) => value === false,
  verbosity: (value) => value === 'medium',
}

/** Checks the fields of a request that a translation does not know. */
export type OtherFieldsCheck = (request: ChatRequest, notes: Notes) => void

/**
 * The check for a translation that knows the common fields and `own`. It refuses what cannot be served and notes what is
 * left out, fields that nobody knows included.
 */
export function otherFieldsCheck(own: readonly (keyof ChatRequest)[]): OtherFieldsCheck {
  const translated: ReadonlySet<string> = new Set([...common, ...own])
  return (request, notes) => {
    if (request.stream_options?.include_obfuscation === true) notes.drop('stream_options.include_obfuscation')
    const fields: JsonObject = { ...request }
    for (const field in fields) {
      const value = fields[field]
      if (value === undefined || value === null || translated.has(field)) continue
      const allows = refused[field]
      if (allows === undefined) {
        if (neutral[field]?.(value) !== true) notes.drop(field)
      } else if (!allows(value)) {
        throw unsupported(field, 'this provider has nothing like it')
      }
    }
  }
}

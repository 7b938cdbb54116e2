import type { JsonObject } from '../shared/json.ts'
import type { GenerateContent } from './wire.ts'

/** Fields of the SDK's `config` that stand beside `contents` in the body; the others belong to `generationConfig`. */
const beside: ReadonlySet<string> = new Set(['systemInstruction', 'tools', 'toolConfig', 'labels', 'serviceTier', 'store'])

/** The fields of `generationConfig` that go over as they are. */
const settings: ReadonlySet<string> = new Set([
  'temperature',
  'topP',
  'seed',
  'maxOutputTokens',
  'stopSequences',
  'presencePenalty',
  'frequencyPenalty',
  'candidateCount',
  'responseLogprobs',
  'logprobs',
  'responseMimeType',
  'responseJsonSchema',
  'responseModalities',
  'mediaResolution',
  'thinkingConfig',
])

/** What a part can consist of for the SDK to hand it on as it is. */
const partFields: ReadonlySet<string> = new Set(['text', 'thought', 'thoughtSignature', 'inlineData', 'functionResponse'])
const callFields: ReadonlySet<string> = new Set(['id', 'name', 'args'])

/**
 * The body that the SDK (@google/genai 3.1) would write, where writing it is no more than sorting the fields; `undefined`
 * where the SDK does more, and has to do it. Its way of sorting copies every field of every part by its path, which
 * takes longer than all the rest of a call. A test compares the two.
 */
export function plainBody({ contents, config, extraBody }: GenerateContent): JsonObject | undefined {
  if (extraBody !== undefined || !contents.every(({ parts }) => parts.every(isPlain))) return undefined
  const generationConfig: Record<string, unknown> = {}
  const body: Record<string, unknown> = { contents }
  for (const name in config) {
    if (settings.has(name)) generationConfig[name] = config[name]
    else if (beside.has(name)) body[name] = config[name]
    else return undefined
  }
  body['generationConfig'] = generationConfig
  return body
}

function isPlain(part: JsonObject): boolean {
  for (const name in part) {
    const value = part[name]
    // The SDK leaves nothing where `null` is.
    if (value === null || (name === 'functionCall' ? !isPlainCall(value) : !partFields.has(name))) return false
  }
  return true
}

function isPlainCall(call: unknown): boolean {
  return typeof call === 'object' && call !== null && Object.keys(call).every((name) => callFields.has(name))
}

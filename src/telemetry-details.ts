import type { Service } from './contracts/adapter.ts'
import type { ChatRequest } from './contracts/chat.ts'
import type { RequestSettings, TelemetryDetails } from './contracts/telemetry.ts'
import type { Plan } from './plan.ts'
import type { Target } from './resolve.ts'

/** What telemetry is told of a request besides, when it begins. */
export function acceptedDetails({ targets: [first] }: Plan, request: ChatRequest | undefined): TelemetryDetails {
  return {
    ...(request !== undefined && { settings: requestSettings(request) }),
    ...(first !== undefined && { service: serviceOf(first) }),
  }
}

/** Who is asked at a target. */
export function serviceOf({ adapter, provider }: Target): Service {
  return adapter.service ?? { name: adapter.catalog ?? provider }
}

// Where two fields mean the same, the newer one comes last.
const numbers = [
  ['temperature', 'temperature'],
  ['topP', 'top_p'],
  ['maxTokens', 'max_tokens'],
  ['maxTokens', 'max_completion_tokens'],
  ['frequencyPenalty', 'frequency_penalty'],
  ['presencePenalty', 'presence_penalty'],
  ['seed', 'seed'],
] as const

/** What a request asks for beside its content. Stop sequences are left out: they are text, and often somebody's name. */
function requestSettings(request: ChatRequest): RequestSettings {
  const settings: { -readonly [name in (typeof numbers)[number][0]]?: number } = {}
  for (const [name, field] of numbers) {
    const value = request[field]
    // What is only handed on may be anything: the vendor judges it.
    if (typeof value === 'number') settings[name] = value
  }
  const { n } = request
  const output = outputOf(request)
  return {
    ...settings,
    ...(typeof n === 'number' && n !== 1 && { choices: n }),
    ...(output !== undefined && { output }),
  }
}

function outputOf({ modalities, response_format: format }: ChatRequest): RequestSettings['output'] {
  if (modalities?.includes('audio') === true) return 'speech'
  if (format === undefined) return undefined
  return format.type === 'text' ? 'text' : 'json'
}

import type { Modality } from '../contracts/catalog.ts'
import type { ChatRequest } from '../contracts/chat.ts'
import type { Target } from '../resolve.ts'
import type { ChainInOptions, Place } from './chains.ts'
import { distinct } from './chains.ts'
import type { Finding } from './finding.ts'
import { finding } from './finding.ts'
import type { VerifyParts } from './parts.ts'

type Parts = Pick<VerifyParts, 'constrain'>

const messages: ChatRequest['messages'] = [{ role: 'user', content: 'hello' }]
const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false }

/** A request for each thing that not every model can do; put through what plans go by. */
const features: Readonly<Record<string, ChatRequest>> = {
  'call tools': { model: '', messages, tools: [{ type: 'function', function: { name: 'a', parameters: schema } }] },
  'keep to a JSON schema': {
    model: '',
    messages,
    response_format: { type: 'json_schema', json_schema: { name: 'a', schema, strict: true } },
  },
}

const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const modalities: Readonly<Partial<Record<Modality, ChatRequest>>> = {
  image: { model: '', messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: pixel } }] }] },
  audio: {
    model: '',
    messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } }] }],
  },
  file: {
    model: '',
    messages: [
      { role: 'user', content: [{ type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } }] },
    ],
  },
}

/** What the fallbacks of a chain lack of what its first model has. Only of chains that somebody has written. */
export function* fitness({ places, isOwn, name }: ChainInOptions, parts: Parts): Generator<Finding> {
  const [first, ...others] = distinct(places)
  if (!isOwn || first === undefined) return
  const able = capabilitiesOf(first.target, parts)
  for (const other of others) yield* weaknesses({ first: first.target, other, name, able }, parts)
}

interface Pair {
  readonly first: Target
  readonly other: Place
  readonly name: string
  readonly able: ReadonlySet<string>
}

function* weaknesses({ first, other, name, able }: Pair, parts: Parts): Generator<Finding> {
  const { target, where } = other
  const fix = `Name a fallback that can, or keep such requests from ${name}.`
  for (const { code, what, sizeOf } of sizes) {
    const [wanted, given] = [sizeOf(first), sizeOf(target)]
    if (wanted === undefined || given === undefined || given >= wanted * muchSmaller) continue
    yield finding(code, where, { message: `the ${what} of ${target.id} is ${given} tokens, that of ${first.id} is ${wanted}`, fix })
  }
  const its = capabilitiesOf(target, parts)
  for (const capability of [...able].filter((each) => !its.has(each))) {
    const takes = Object.hasOwn(modalities, capability)
    const what = takes ? `takes no ${capability} input, ${first.id} does` : `cannot ${capability}, ${first.id} can`
    yield finding(takes ? 'fallback_modality' : 'fallback_feature', where, { message: `${target.id} ${what}`, fix })
  }
}

/** Vendors round in different ways: 2^20 tokens beside 1,050,000 are no difference that a request would notice. */
const muchSmaller = 0.95

const sizes = [
  { code: 'fallback_window', what: 'context window', sizeOf: ({ card }: Target) => card?.contextWindow },
  { code: 'fallback_output', what: 'longest answer', sizeOf: ({ card }: Target) => card?.maxOutput },
] as const

function capabilitiesOf(target: Target, { constrain }: Parts): ReadonlySet<string> {
  const { adapter, card, model } = target
  const isAble = (request: ChatRequest): boolean => constrain(request)(target, adapter.supports(request, card, model)) === undefined
  const able = Object.entries({ ...features, ...modalities }).flatMap(([name, request]) => (isAble(request) ? [name] : []))
  // A model that nobody knows is taken to stream.
  const streams = card === undefined || card.features.includes('streaming')
  return new Set(streams ? [...able, 'stream'] : able)
}

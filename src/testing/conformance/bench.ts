import assert from 'node:assert/strict'
import type { AdapterCall, ProviderAdapter } from '../../contracts/adapter.ts'
import type { ChatCompletion, ChatCompletionChunk, ChatRequest } from '../../contracts/chat.ts'
import type { Failure } from '../../contracts/failure.ts'
import { Secret } from '../../contracts/secret.ts'
import type { Dialect } from '../simulator/dialect.ts'
import type { RecordedRequest } from '../simulator/recorder.ts'
import { vendorSimulator } from '../simulator/simulator.ts'
import type { WireFetch } from '../traffic/outgoing.ts'
import type { SimulatedVendor, SimulatorOptions, VendorSimulator } from '../simulator/surface.ts'

/** What an adapter under test is connected to. The options of the built-in adapters have the same names. */
export interface AdapterWire {
  /** The vendor's base URL. Left out where the check is about the adapter's own default. */
  readonly baseURL?: string
  /** Left out where `baseURL` is enough. */
  readonly fetch?: WireFetch
}

/** What is tested, and against which wire. */
export interface AdapterUnderTest {
  readonly name: string
  /** Whose wire format it speaks: a built-in one, or your own. */
  readonly wire: SimulatedVendor | Dialect
  /** Builds the adapter; called for every check. `create: openai` is enough for the built-in ones. */
  readonly create: (wire: AdapterWire) => ProviderAdapter | Promise<ProviderAdapter>
  /** A model that can do all that is not skipped. Default: one of the vendor's. */
  readonly model?: string
  /** The same for embeddings. */
  readonly embeddingModel?: string
  /** The variables that the adapter's SDK could read: pass `process.env`. They are put back after each check. */
  readonly environment?: Record<string, string | undefined>
  /** After how long something that should be over counts as hanging. Default 5,000. */
  readonly patienceMs?: number
}

/** A vendor, an adapter that is connected to it, and a way to call it. Made anew for each check. */
export class Bench implements AsyncDisposable {
  readonly simulator: VendorSimulator
  readonly adapter: ProviderAdapter
  readonly vendor: string
  readonly model: string
  readonly subject: AdapterUnderTest
  readonly secret = new Secret('key-of-the-conformance-suite-5b2d8064')

  constructor(subject: AdapterUnderTest, simulator: VendorSimulator, adapter: ProviderAdapter) {
    this.subject = subject
    this.simulator = simulator
    this.adapter = adapter
    this.vendor = vendorOf(subject)
    this.model = subject.model ?? simulator.dialect(this.vendor).exampleModel
  }

  static async open(subject: AdapterUnderTest, options: SimulatorOptions = {}): Promise<Bench> {
    const { wire, create } = subject
    const simulator = await vendorSimulator({ ...options, dialects: typeof wire === 'string' ? [] : [wire] })
    return new Bench(subject, simulator, await create({ baseURL: simulator.door(vendorOf(subject)).baseURL }))
  }

  /** A call of its own, its request frozen through and through. */
  call(overrides: Partial<AdapterCall> = {}): AdapterCall {
    const request = deepFrozen(overrides.request ?? this.asking('How are you?'))
    return { model: this.model, card: undefined, secret: this.secret, signal: new AbortController().signal, ...overrides, request }
  }

  asking(content: string, more: object = {}): ChatRequest {
    return { model: this.model, messages: [{ role: 'user', content }], ...more }
  }

  async complete(overrides: Partial<AdapterCall> = {}): Promise<ChatCompletion> {
    return this.within(this.adapter.complete(this.call(overrides)), 'complete()')
  }

  async chunks(overrides: Partial<AdapterCall> = {}): Promise<readonly ChatCompletionChunk[]> {
    const { chunks, error } = await this.streamed(overrides)
    if (error !== undefined) throw error.thrown
    return chunks
  }

  /** What a stream gave, and what it threw. */
  async streamed(overrides: Partial<AdapterCall> = {}): Promise<Streamed> {
    const call = this.call({ ...overrides, request: { ...(overrides.request ?? this.asking('How are you?')), stream: true } })
    const chunks: ChatCompletionChunk[] = []
    const reading = async (): Promise<undefined> => {
      for await (const chunk of this.adapter.stream(call)) chunks.push(chunk)
      return undefined
    }
    const error = await this.within(
      reading().catch((thrown: unknown) => ({ thrown })),
      'stream()',
    )
    return { chunks, error }
  }

  /** What `complete()` throws, classified; fails where it throws nothing. */
  async refusal(overrides: Partial<AdapterCall> = {}): Promise<Refusal> {
    const result = await this.within(
      this.adapter.complete(this.call(overrides)).then(
        (value) => ({ value }),
        (thrown: unknown) => ({ thrown }),
      ),
      'complete()',
    )
    assert.ok('thrown' in result, 'complete() resolved, but had to reject')
    return { thrown: result.thrown, failure: this.adapter.failure(result.thrown) }
  }

  /** The same of `stream()`. */
  async brokenStream(overrides: Partial<AdapterCall> = {}): Promise<Refusal & Pick<Streamed, 'chunks'>> {
    const { chunks, error } = await this.streamed(overrides)
    assert.ok(error !== undefined, `stream() ended after ${chunks.length} chunks as if all were well, but had to throw`)
    return { chunks, thrown: error.thrown, failure: this.adapter.failure(error.thrown) }
  }

  /** Fails what hangs, long before a test runner would and with a better message. */
  async within<Value>(promise: Promise<Value>, what: string): Promise<Value> {
    return within(promise, what, this.subject.patienceMs ?? 5_000)
  }

  /** The requests for answers; those that a vendor wants first are {@link Bench.preludes}, and what follows is not counted. */
  get requests(): readonly RecordedRequest[] {
    return this.simulator.requests.filter(({ operation }) => operation !== 'prelude' && operation !== 'sequel')
  }

  get preludes(): readonly RecordedRequest[] {
    return this.simulator.requests.filter(({ operation }) => operation === 'prelude')
  }

  get lastRequest(): RecordedRequest {
    const request = this.requests.at(-1)
    assert.ok(request !== undefined, 'no request came over the wire')
    return request
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.adapter.close?.()
    await this.simulator.close()
  }
}

/** A stream that was read as far as it went. */
export interface Streamed {
  readonly chunks: readonly ChatCompletionChunk[]
  readonly error: { readonly thrown: unknown } | undefined
}

/** An error, as thrown and as classified. */
export interface Refusal {
  readonly thrown: unknown
  readonly failure: Failure
}

/** The vendor whose wire is spoken. */
function vendorOf({ wire }: AdapterUnderTest): string {
  return typeof wire === 'string' ? wire : wire.vendor
}

async function within<Value>(promise: Promise<Value>, what: string, limitMs: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new assert.AssertionError({ message: `${what} was not over after ${limitMs} ms` })), limitMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** The text of a stream's first choice. */
export function textOf(chunks: readonly ChatCompletionChunk[]): string {
  return chunks.map(({ choices }) => choices.find(({ index }) => index === 0)?.delta.content ?? '').join('')
}

function deepFrozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value
  for (const inner of Object.values(value)) deepFrozen(inner)
  return Object.freeze(value)
}

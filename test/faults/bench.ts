import type OpenAI from 'openai'
import { setImmediate as turn } from 'node:timers/promises'
import { createRouter, memoryAudit, memoryKeys, routeOf } from '../../src/index.ts'
import type { AuditEvent, AuditRecord, MemoryAudit, RouterClient, RouterOptions } from '../../src/index.ts'
import { anthropic } from '../../src/providers/anthropic/index.ts'
import { google } from '../../src/providers/google/index.ts'
import { openai } from '../../src/providers/openai/index.ts'
import { fakeClock, vendorSimulator } from '../../src/testing/index.ts'
import type { FakeClock, FaultName, FaultOptions, VendorSimulator } from '../../src/testing/index.ts'

export type Vendor = 'openai' | 'anthropic' | 'google'

export const vendors = ['openai', 'anthropic', 'google'] as const satisfies readonly Vendor[]

/** Models that take every plain request and stream. */
export const models = {
  openai: 'gpt-4o',
  anthropic: 'claude-haiku-5-5',
  google: 'gemini-2.5-flash-lite',
} as const satisfies Record<Vendor, string>

/** Who steps in for whom. */
export const fallbackOf = { openai: 'anthropic', anthropic: 'google', google: 'openai' } as const satisfies Record<Vendor, Vendor>

export const targetOf = (vendor: Vendor): string => `${vendor}/${models[vendor]}`

/** Who is struck, and who steps in. */
export interface Parties {
  readonly agent: string
  /** Whose wire format it is. */
  readonly vendor: string
  readonly target: string
  readonly next: { readonly vendor: string; readonly target: string }
}

export function partiesOf(vendor: Vendor): Parties {
  const next = fallbackOf[vendor]
  return { agent: vendor, vendor, target: targetOf(vendor), next: { vendor: next, target: targetOf(next) } }
}

/** Of the length that the vendors' own keys have, and found by a search wherever they would turn up. */
export const canaries = {
  openai: 'sk-proj-CanaryOpenAI0123456789abcdefghijklmnopqrstuv',
  anthropic: 'sk-ant-api03-CanaryAnthropic0123456789abcdefghijkl-AA',
  google: 'AIzaSyCanaryGoogle0123456789abcdefghijk',
} as const satisfies Record<Vendor, string>

/** What the vendors say when nothing is wrong: four pieces, so that `after: 2` cuts in the middle; and what UTF-8 is for. */
export const spoken = (vendor: string): readonly string[] => [`${vendor} `, 'answers: ', 'zürich ', '😀']

/** What a cut after two pieces leaves. */
export const halfSpoken = (vendor: string): string => spoken(vendor).slice(0, 2).join('')

export const prompt = 'a prompt that nobody repeats'

/** One router over the three real SDKs, its clock, its trail, and the simulated vendors behind it. */
export interface Bench extends AsyncDisposable {
  readonly simulator: VendorSimulator
  readonly client: RouterClient
  readonly clock: FakeClock
  readonly audit: MemoryAudit
  /** The events so far, once the trail has been written. */
  events(): Promise<readonly AuditEvent[]>
  /** How many requests for answers each vendor got. */
  wire(): Readonly<Record<string, number>>
}

/** What a bench can be told, besides the router's own options. */
export interface BenchOptions extends Partial<RouterOptions> {
  /** Where vendors are reached, if not at the simulator. */
  readonly baseURLs?: Partial<Record<Vendor, string>>
  /** The simulator's delays and windows follow the router's clock. */
  readonly sameClock?: boolean
  /** Requests take the simulator's own transport, so that the connection itself can fail. */
  readonly byDoor?: boolean
}

/** Opens a bench. Its clock stands still: no limit ever fires unless a test moves it. */
export async function openBench({
  baseURLs = {},
  sameClock = false,
  byDoor = false,
  ...options
}: BenchOptions = {}): Promise<Bench> {
  const clock = fakeClock()
  const simulator = await vendorSimulator(sameClock ? { clock } : {})
  for (const vendor of vendors) simulator.answer(vendor, { deltas: spoken(vendor) })
  const audit = memoryAudit()
  const wire = (vendor: Vendor) => {
    const { baseURL, fetch } = simulator.door(vendor)
    return { baseURL: baseURLs[vendor] ?? baseURL, ...(byDoor && { fetch }) }
  }
  const client = createRouter({
    providers: [openai(wire('openai')), anthropic(wire('anthropic')), google(wire('google'))],
    keys: memoryKeys({ OPENAI_API_KEY: canaries.openai, ANTHROPIC_API_KEY: canaries.anthropic, GEMINI_API_KEY: canaries.google }),
    agents: Object.fromEntries(
      vendors.map((vendor) => [vendor, { primary: targetOf(vendor), fallback: [targetOf(fallbackOf[vendor])] }]),
    ),
    clock,
    audit,
    ...options,
  })
  return {
    simulator,
    client,
    clock,
    audit,
    async events() {
      await client.flush()
      return audit.records.map(({ event }: AuditRecord) => event)
    },
    wire: () => wireOf(simulator),
    async [Symbol.asyncDispose]() {
      await client.close()
      await simulator.close()
    },
  }
}

/** The requests for answers that came to simulated vendors, by vendor. */
export function wireOf({ requests }: VendorSimulator): Readonly<Record<string, number>> {
  const count: Record<string, number> = {}
  for (const { vendor, operation } of requests) if (operation === 'chat') count[vendor] = (count[vendor] ?? 0) + 1
  return count
}

/** What the caller of one request has in its hands at the end. */
export interface Seen {
  readonly text: string
  /** The finish reason, once one came. */
  readonly finish: string | undefined
  /** Chunks of a stream, the completion of a unary call, in a list. */
  readonly answers: readonly unknown[]
  /** The completion or the stream, where the call gave one. */
  readonly opened: object | undefined
  readonly error: unknown
}

export interface Asking {
  readonly stream: boolean
  readonly options?: OpenAI.RequestOptions
  /** Called with the text so far, whenever some comes. */
  readonly onText?: (text: string) => void
  readonly model?: string
}

/** Makes one call and reads it to its end, whatever that is. */
export async function ask(client: OpenAI, { stream, options, onText, model = 'auto' }: Asking): Promise<Seen> {
  const body = { model, messages: [{ role: 'user' as const, content: prompt }] }
  if (stream) return read(client, body, { onText, options })
  try {
    const completion = await client.chat.completions.create(body, options)
    const choice = completion.choices[0]
    return {
      text: choice?.message.content ?? '',
      finish: choice?.finish_reason,
      answers: [completion],
      opened: completion,
      error: undefined,
    }
  } catch (error) {
    return { text: '', finish: undefined, answers: [], opened: undefined, error }
  }
}

type Body = Pick<OpenAI.ChatCompletionCreateParams, 'model' | 'messages'>

async function read(
  client: OpenAI,
  body: Body,
  { onText, options }: { readonly onText: Asking['onText']; readonly options: OpenAI.RequestOptions | undefined },
): Promise<Seen> {
  const answers: OpenAI.ChatCompletionChunk[] = []
  let opened: AsyncIterable<OpenAI.ChatCompletionChunk> | undefined
  let text = ''
  let error: unknown
  try {
    opened = await client.chat.completions.create({ ...body, stream: true }, options)
    for await (const chunk of opened) {
      answers.push(chunk)
      text += chunk.choices[0]?.delta.content ?? ''
      onText?.(text)
    }
  } catch (thrown) {
    error = thrown
  }
  const finish = answers.flatMap(({ choices }) => choices[0]?.finish_reason ?? []).at(-1)
  return { text, finish, answers, opened, error }
}

/** Lets the machine work until something is so. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn()
}

/**
 * Moves the clock beyond limits of a second until something has happened. The limit begins anew when the caller first reads:
 * one step may come too early for it.
 */
export async function outlast(clock: FakeClock, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await clock.advanceAsync(1001)
    // Whoever takes over is not to be ended by the same step.
    for (let turns = 0; turns < 200 && !isOver(); turns++) await turn()
  }
}

/** What a struck request looks like from outside. */
export interface Outcome {
  readonly seen: Seen
  readonly events: readonly AuditEvent[]
  /** The requests for answers on the wire, by vendor. */
  readonly wire: Readonly<Record<string, number>>
  /** Requests that ended up at another origin. */
  readonly strays: number
  /** Whether every request on the wire came to its end. */
  readonly closed: boolean
  /** What the primary's breaker has counted. */
  readonly counted: number
  readonly target: string | undefined
}

export interface Strike {
  readonly parties: Parties
  readonly fault: FaultName
  readonly parameters?: FaultOptions
  readonly stream: boolean
  /** The vendor falls silent without ending: the clock has to end it. */
  readonly silent?: 'before-content' | 'after-content' | undefined
  /** No fallback: what the caller gets when nothing is left. */
  readonly alone?: boolean
}

/** One request to a vendor that a fault has struck, and everything there is to see of it. */
export async function struck(
  bench: Bench,
  { parties, fault, parameters, stream, silent, alone = false }: Strike,
): Promise<Outcome> {
  const { simulator, client, clock } = bench
  const { vendor, next, agent, target } = parties
  simulator.fail(vendor, fault, { after: 2, ...parameters })
  let last = ''
  const onText = (text: string): void => {
    last = text
  }
  const routed = alone ? client : client.agent(agent)
  const asked = ask(routed, { stream, onText, options: { maxRetries: 0 }, ...(alone && { model: target }) })
  if (silent !== undefined) {
    const isStruck = (): boolean => simulator.requests.some((request) => request.fault !== undefined)
    await until(() => (silent === 'after-content' && stream ? last === halfSpoken(vendor) : isStruck()))
    const state = { ended: false }
    void asked.finally(() => (state.ended = true))
    await outlast(clock, () => state.ended || next.vendor in bench.wire())
  }
  return outcomeOf(bench, target, await asked)
}

/** Everything there is to see of a request that has ended. */
async function outcomeOf({ simulator, client, events, wire }: Bench, target: string, seen: Seen): Promise<Outcome> {
  const closed = await closedSoon(simulator)
  return {
    seen,
    events: await events(),
    wire: wire(),
    strays: simulator.strayRequests.length,
    closed,
    counted: client.breakers.snapshot(target).consecutiveErrors,
    target: seen.opened === undefined ? undefined : routeOf(seen.opened)?.target,
  }
}

/** Whether the simulator has nothing left to answer; a request that is never let go would be waited for in vain. */
async function closedSoon(simulator: VendorSimulator): Promise<boolean> {
  const patience = AbortSignal.timeout(20_000)
  while (simulator.open > 0 && !patience.aborted) await turn()
  return simulator.open === 0
}

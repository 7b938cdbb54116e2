import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Clock } from '../../contracts/clock.ts'
import { parseJson } from '../json.ts'
import { systemClock } from '../wait.ts'
import type { Dialect, Stamp } from './dialect.ts'
import type { FaultName } from './faults.ts'
import { dialects } from './dialects.ts'
import { Calls } from './calls.ts'
import { breaksConnection, doorFetch, doorMark } from './door.ts'
import { plain } from './exchange.ts'
import type { Fault } from './fault.ts'
import { bodyOf, closing, listening } from './loopback.ts'
import { Outages } from './outages.ts'
import type { Conditions, FaultOptions, Outage, Strike } from './outages.ts'
import { Recorder } from './recorder.ts'
import type { RecordedRequest } from './recorder.ts'
import { respond } from './respond.ts'
import type { Response } from './respond.ts'
import { SimulatorScript } from './script.ts'
import type { Answer } from './script.ts'
import type { SimulatedVendor, SimulatorOptions, VendorDoor, VendorSimulator } from './surface.ts'
import { send } from './transport.ts'
import type { Turn, WireRequest } from './turn.ts'

/**
 * Starts vendors on loopback. They check requests as the real ones do, answer plausibly and deterministically, and fail
 * on order.
 *
 * @example
 * ```ts
 * await using simulator = await vendorSimulator()
 * const client = new OpenAI({ apiKey: 'any', baseURL: simulator.openai.baseURL })
 * using outage = simulator.fail('openai', 'http-503', { retryAfter: { seconds: 2 } })
 * ```
 */
export async function vendorSimulator(options: SimulatorOptions = {}): Promise<VendorSimulator> {
  const simulator = new Simulator(options)
  await simulator.listen()
  return simulator
}

/** Where a request came, and whether through the door's own transport. */
interface Arrival {
  readonly recorder: Recorder
  readonly connected: boolean
}

class Simulator implements VendorSimulator {
  url = ''
  elsewhere = ''
  unreachable = ''
  readonly #options: SimulatorOptions
  readonly #clock: Clock
  readonly #dialects: ReadonlyMap<string, Dialect>
  readonly #recorder = new Recorder()
  readonly #strays = new Recorder()
  readonly #script = new SimulatorScript()
  readonly #calls = new Map<string, Calls>()
  #outages: Outages
  #ids = 0
  readonly #mistakes: Error[] = []
  readonly #server: Server
  readonly #secondServer: Server

  constructor(options: SimulatorOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#dialects = new Map([...Object.values<Dialect>(dialects), ...(options.dialects ?? [])].map((one) => [one.vendor, one]))
    this.#outages = new Outages(this.#clock, options.seed ?? 1)
    this.#server = createServer((incoming, response) => void this.#serve(incoming, response, this.#recorder))
    this.#secondServer = createServer((incoming, response) => void this.#serve(incoming, response, this.#strays))
  }

  async listen(): Promise<void> {
    this.url = await listening(this.#server)
    this.elsewhere = await listening(this.#secondServer)
    const closed = createServer()
    this.unreachable = await listening(closed)
    await closing(closed)
  }

  get openai(): VendorDoor {
    return this.door('openai')
  }
  get anthropic(): VendorDoor {
    return this.door('anthropic')
  }
  get google(): VendorDoor {
    return this.door('google')
  }

  door(vendor: SimulatedVendor): VendorDoor {
    const dialect = this.dialect(vendor)
    const strike = (turn: Turn): Strike | undefined => this.#outages.strike(vendor, turn, breaksConnection)
    return { baseURL: `${this.url}/${vendor}${dialect.basePath}`, fetch: doorFetch({ dialect, origins: this, strike }) }
  }

  dialect(vendor: SimulatedVendor): Dialect {
    const dialect = this.#dialects.get(vendor)
    if (dialect !== undefined) return dialect
    throw new RangeError(`the simulator does not speak for '${vendor}', only for ${[...this.#dialects.keys()].join(', ')}`)
  }

  get requests(): readonly RecordedRequest[] {
    return this.#recorder.requests
  }
  get strayRequests(): readonly RecordedRequest[] {
    return this.#strays.requests
  }
  get open(): number {
    return this.#recorder.open + this.#strays.open
  }

  answer(vendor: SimulatedVendor, answer: Answer, conditions: Conditions = {}): void {
    this.#known(vendor)
    this.#script.stand(vendor, answer, conditions)
  }

  queue(vendor: SimulatedVendor, ...answers: readonly Answer[]): void {
    this.#known(vendor)
    this.#script.queue(vendor, answers)
  }

  fail(vendor: SimulatedVendor, fault: FaultName, options: FaultOptions = {}): Outage {
    this.#known(vendor)
    return this.#outages.add(vendor, fault, options)
  }

  failOnce(vendor: SimulatedVendor, fault: FaultName, options: Omit<FaultOptions, 'times'> = {}): Outage {
    return this.fail(vendor, fault, { ...options, times: 1 })
  }

  heal(vendor?: SimulatedVendor, fault?: FaultName): void {
    this.#outages.heal(vendor, fault)
  }

  async settled(): Promise<void> {
    await this.#recorder.settled()
    await this.#strays.settled()
  }

  reset(): void {
    this.#outages = new Outages(this.#clock, this.#options.seed ?? 1)
    this.#script.forget()
    this.#calls.clear()
    this.#recorder.forget()
    this.#strays.forget()
  }

  async close(): Promise<void> {
    await Promise.all([closing(this.#server), closing(this.#secondServer)])
    const [mistake] = this.#mistakes.splice(0)
    if (mistake !== undefined) throw mistake
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #known(vendor: string): void {
    if (vendor !== '*') this.dialect(vendor)
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse, recorder: Recorder): Promise<void> {
    const url = new URL(incoming.url ?? '/', this.url)
    const [, vendor = '', path = '/'] = /^\/([^/]+)(\/.*)?$/.exec(url.pathname) ?? []
    const dialect = this.#dialects.get(vendor)
    const bytes = await bodyOf(incoming)
    if (dialect === undefined || bytes === undefined) {
      response.writeHead(404).end()
      return
    }
    const { [doorMark]: mark, ...named } = incoming.headers
    const headers = Object.fromEntries(Object.entries(named).map(([name, value]) => [name, String(value)]))
    const base = baseOf(headers, vendor)
    const request = {
      method: incoming.method ?? 'GET',
      path,
      query: url.searchParams,
      base,
      headers,
      body: parseJson(bytes.toString()),
      bytes,
    }
    const { exchange, turn, fault } = this.#respond(request, dialect, { recorder, connected: mark !== undefined })
    const entry = recorder.add({
      vendor,
      key: dialect.key(request),
      request,
      turn,
      fault,
      url: `${url.pathname}${url.search}`,
      status: exchange.head?.status,
    })
    await entry.follow(response, (gone) => send(exchange, response, { clock: this.#clock, gone }))
  }

  /** A script that throws is the test's own mistake: the request fails, and so does `close()`. */
  #respond(request: WireRequest, dialect: Dialect, came: Arrival): Response {
    try {
      return respond(request, dialect, this.#around(dialect.vendor, came))
    } catch (error) {
      this.#mistakes.push(error instanceof Error ? error : new Error(String(error)))
      return { exchange: plain(500, `the simulator's script threw: ${String(error)}`, {}), turn: undefined, fault: undefined }
    }
  }

  #around(vendor: string, { recorder, connected }: Arrival) {
    // Whoever came by the door has had its chance to fail on the way.
    const can = (fault: Fault): boolean => !(connected && breaksConnection(fault))
    const { models, keys, validate = true, latency = {} } = this.#options
    const stamp: Stamp = {
      id: (prefix) => `${prefix}sim${String((this.#ids += 1)).padStart(8, '0')}`,
      seconds: Math.floor(this.#clock.wall() / 1000),
    }
    return {
      clock: this.#clock,
      elsewhere: this.elsewhere,
      models: models?.[vendor],
      keys: keys?.[vendor],
      validate,
      keyless: recorder === this.#strays,
      latency: (turn: Turn) => (typeof latency === 'function' ? latency(turn, vendor) : latency),
      stamp,
      // The second origin is always healthy: following a redirect must look like success.
      strike: (turn: Turn) => (recorder === this.#strays ? undefined : this.#outages.strike(vendor, turn, can)),
      reply: (turn: Turn) => this.#script.next(vendor, turn),
      calls: this.#callsOf(vendor),
    }
  }

  #callsOf(vendor: string): Calls {
    const calls = this.#calls.get(vendor) ?? new Calls(this.#clock)
    this.#calls.set(vendor, calls)
    return calls
  }
}

/** Where the client sees the vendor; a proxy in front, which takes the prefix for the host's name, says where that is. */
function baseOf(headers: Readonly<Record<string, string>>, vendor: string): string {
  const { host = '', 'x-forwarded-host': seen } = headers
  return seen === undefined ? `http://${host}/${vendor}` : `https://${seen}`
}

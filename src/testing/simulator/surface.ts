import type { Clock } from '../../contracts/clock.ts'
import type { WireFetch } from '../traffic/outgoing.ts'
import type { Dialect } from './dialect.ts'
import type { FaultName } from './faults.ts'
import type { Conditions, FaultOptions, Outage } from './outages.ts'
import type { RecordedRequest } from './recorder.ts'
import type { Latency } from './reply.ts'
import type { Answer } from './script.ts'
import type { Turn } from './turn.ts'

/** A vendor that the simulator speaks for; `*` in orders means all of them. */
export type SimulatedVendor =
  | 'openai'
  | 'anthropic'
  | 'anthropic-bedrock'
  | 'anthropic-mantle'
  | 'anthropic-vertex'
  | 'google'
  | 'mistral'
  | 'bedrock'
  | 'azure'
  | 'perplexity'
  | 'cohere'
  | 'm365-copilot'
  | 'replicate'
  | 'xai'
  | 'deepseek'
  | 'groq'
  | 'openrouter'
  | (string & {})

/** How a simulator behaves where nothing else is ordered. */
export interface SimulatorOptions {
  /** The models that each vendor serves; others are unknown to it. Default: any. */
  readonly models?: Readonly<Record<string, readonly string[]>>
  /** The keys that each vendor accepts. Default: any. */
  readonly keys?: Readonly<Record<string, readonly string[]>>
  /** Whether requests are refused that the vendor would refuse. Default true. */
  readonly validate?: boolean
  /** When bytes go out; a function decides for each request. Default: at once. */
  readonly latency?: Latency | ((turn: Turn, vendor: string) => Latency)
  /** Whose time delays and windows use. Default: the system's. */
  readonly clock?: Clock
  /** For everything that is left to chance. Default 1. */
  readonly seed?: number
  /** Wire formats besides the built-in ones. */
  readonly dialects?: readonly Dialect[]
}

/** Where a vendor is reached. */
export interface VendorDoor {
  /** What the vendor's SDK takes as its base URL. */
  readonly baseURL: string
  /**
   * A transport that takes every request to the simulated vendor, whatever host it is meant for. Only with it can the
   * connection itself fail.
   */
  readonly fetch: WireFetch
}

/** Vendors on loopback: the real wire formats without the real vendors. */
export interface VendorSimulator extends AsyncDisposable {
  readonly url: string
  readonly openai: VendorDoor
  readonly anthropic: VendorDoor
  readonly google: VendorDoor
  /** Where any vendor is reached, one of `dialects` included. */
  door(vendor: SimulatedVendor): VendorDoor
  /** The wire format of a vendor. */
  dialect(vendor: SimulatedVendor): Dialect
  /** Every request so far, in order of arrival. */
  readonly requests: readonly RecordedRequest[]
  /** Requests that came to the second origin: somebody followed a redirect or a poisoned setting. */
  readonly strayRequests: readonly RecordedRequest[]
  /** The second origin. */
  readonly elsewhere: string
  /** An origin where nothing listens: connections are refused. */
  readonly unreachable: string
  /** How many requests are being answered. */
  readonly open: number
  /** Answers every request that meets the conditions; the latest order wins. */
  answer(vendor: SimulatedVendor, answer: Answer, conditions?: Conditions): void
  /** Answers the next requests, one each, before anything else. */
  queue(vendor: SimulatedVendor, ...answers: readonly Answer[]): void
  /** From now on requests fail: `fail('anthropic', 'http-503')`, `fail('openai', 'cut-stream', { after: 3, times: 1 })`. */
  fail(vendor: SimulatedVendor, fault: FaultName, options?: FaultOptions): Outage
  /** The next request fails. */
  failOnce(vendor: SimulatedVendor, fault: FaultName, options?: Omit<FaultOptions, 'times'>): Outage
  /** Takes back faults: all, those of a vendor, or one of them. */
  heal(vendor?: SimulatedVendor, fault?: FaultName): void
  /** Resolves when no request is being answered. */
  settled(): Promise<void>
  /** Takes back every order and forgets every request. */
  reset(): void
  /** Ends every connection. Rejects with what a script of yours threw, if one did. */
  close(): Promise<void>
}

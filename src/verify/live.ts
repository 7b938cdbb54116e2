import type { Aside, AsideResult } from '../aside.ts'
import { Spending } from '../compare/spending.ts'
import type { ChatRequest } from '../contracts/chat.ts'
import type { Cost } from '../contracts/usage.ts'
import { picoOf } from '../money.ts'
import type { Target } from '../resolve.ts'
import type { Runtime } from '../runtime.ts'
import type { Place } from './chains.ts'
import type { Finding, FindingCode } from './finding.ts'
import { finding } from './finding.ts'

/** How live probes are made. */
export interface LiveOptions {
  /**
   * The most that all probes together may cost, in US dollars. Default 0.05. Where it is given, targets whose price is not known are
   * not probed.
   */
  readonly maxUsd?: number
  /** How many are under way at once. Default 4. */
  readonly concurrency?: number
  /** How long each may take, in milliseconds. Default 20,000. */
  readonly timeoutMs?: number
  /** Stops what is under way and leaves out the rest. */
  readonly signal?: AbortSignal
}

/** What came of asking one target for a token. */
export interface Probe {
  /** `provider/model`. */
  readonly target: string
  readonly ok: boolean
  /** `null` where nothing was sent. */
  readonly latencyMs: number | null
  /** A `FailureKind`, or the code of the error that stopped it; `null` where it went well. */
  readonly failure: string | null
  readonly status: number | null
  /** `null`: not known. */
  readonly costUsd: number | null
}

/** What probes are made with. */
export interface LiveParts {
  readonly ask: (call: Pick<Aside, 'target' | 'body' | 'signal' | 'timeout'>) => Promise<AsideResult>
  readonly forecast: Runtime['forecast']
}

/** What was found by asking. */
export interface Probed {
  readonly probes: readonly Probe[]
  readonly findings: readonly Finding[]
}

const defaultMaxUsd = 0.05

/** Asks each target for one token, through its own adapter: to one target each, with no retry and no fallback. */
export async function probed(places: readonly Place[], options: LiveOptions, parts: LiveParts): Promise<Probed> {
  const { maxUsd = defaultMaxUsd, concurrency = 4 } = options
  const spending = new Spending(picoOf(maxUsd), 0n)
  const results: { readonly place: Place; readonly probe: Probe }[] = []
  const waiting = places.entries()
  const worker = async (): Promise<void> => {
    for (const [index, place] of waiting) results[index] = { place, probe: await probe(place.target, { options, parts, spending }) }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, places.length) }, worker))
  return {
    probes: results.map((result) => result.probe),
    findings: results.flatMap((result) => (result.probe.ok ? [] : [findingOf(result.place, result.probe)])),
  }
}

interface ProbeContext {
  readonly options: LiveOptions
  readonly parts: LiveParts
  readonly spending: Spending
}

const skipped = { ok: false, latencyMs: null, status: null, costUsd: 0 } as const

// What a model needs that thinks before it speaks, and what OpenAI's Responses API takes at least.
const enoughToThink = 16

async function probe(target: Target, context: ProbeContext): Promise<Probe> {
  const thinks = target.card?.features.includes('reasoning') === true
  const first = await probeWith(thinks ? enoughToThink : 1, target, context)
  // Some take no limit as small as that: what is refused for its body has got past the key and found the model.
  return first.failure === 'invalid_request' ? probeWith(256, target, context) : first
}

async function probeWith(tokens: number, target: Target, { options, parts, spending }: ProbeContext): Promise<Probe> {
  const { signal, timeoutMs = 20_000, maxUsd } = options
  const body: Omit<ChatRequest, 'model'> = {
    messages: [{ role: 'user', content: 'Say yes.' }],
    max_completion_tokens: tokens,
  }
  if (signal?.aborted === true) return { target: target.id, ...skipped, failure: 'aborted' }
  const most = parts.forecast({ ...body, model: target.id }, target).maxCost
  if (most === null && maxUsd !== undefined) return { target: target.id, ...skipped, failure: 'unpriced' }
  const reserved = await spending.reserve(most?.picoUsd ?? 0n)
  if (reserved === undefined) return { target: target.id, ...skipped, failure: 'spend_cap' }
  let result: AsideResult | undefined
  try {
    result = await parts.ask({ target, body, timeout: timeoutMs, ...(signal !== undefined && { signal }) })
    return told(target, result)
  } finally {
    reserved.settle(costOf(result)?.picoUsd ?? null)
  }
}

function told(target: Target, result: AsideResult): Probe {
  const { failure, status, latencyMs } = result
  return { target: target.id, ok: failure === null, latencyMs, failure, status, costUsd: costOf(result)?.usd ?? null }
}

/** `null`: not known. */
function costOf(result: AsideResult | undefined): Pick<Cost, 'usd' | 'picoUsd'> | null {
  if (result === undefined) return null
  return result.isCharged ? result.cost : { usd: 0, picoUsd: 0n }
}

const codes: Readonly<Record<string, FindingCode>> = {
  auth: 'probe_auth',
  permission: 'probe_auth',
  not_found: 'probe_not_found',
  quota: 'probe_quota',
  aborted: 'probe_skipped',
  unpriced: 'probe_skipped',
  spend_cap: 'probe_skipped',
}

const fixes: Readonly<Partial<Record<FindingCode, string>>> = {
  probe_auth: 'See to the key and to what it may do at the vendor.',
  probe_not_found: 'See to the spelling of the model, and whether the account has it.',
  probe_quota: 'See to the balance and the limits of the account.',
  probe_skipped: 'Raise `live.maxUsd`, give the model a price in `catalog`, or verify again.',
}

function findingOf({ target, where }: Place, { failure, status }: Probe): Finding {
  const code = codes[failure ?? ''] ?? 'probe_failed'
  const what = code === 'probe_skipped' ? 'was not asked' : 'gave no answer'
  return finding(code, where, {
    message: `${target.id} ${what}: ${failure ?? 'unknown'}${status === null ? '' : ` (${status})`}`,
    fix: fixes[code] ?? 'Verify again; where it stays, see to the vendor’s state and to `baseURL`.',
  })
}

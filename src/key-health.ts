import type { Clock } from './contracts/clock.ts'
import type { Secret } from './contracts/secret.ts'
import type { Target } from './resolve.ts'
import { longestHoldMs } from './retry.ts'

const firstRestMs = 60_000
const longestRestMs = 600_000
/** How long a 429 without `Retry-After` puts a key behind the others. */
const limitedMs = 30_000
/** How soon to ask for a key again that another request is testing. */
const testedMs = 1_000
// Keys come and go; what was put down longest ago is forgotten.
const mostKept = 10_000

/** How a key stands at a target. */
export type Standing =
  | { readonly may: 'use' }
  /** It may be used where no other may: its vendor has turned away calls for being too many. */
  | { readonly may: 'last'; readonly forMs: number }
  | { readonly may: 'not'; readonly forMs: number }

/** A key that rests, as `client.health()` shows it. */
export interface RestingKey {
  /** Its name in the key store. */
  readonly key: string
  /** Whose it is; absent on keys of calls without a tenant. */
  readonly tenant?: string
  readonly fingerprint: string
  /** Where it rests: a target, `provider/model`, or a provider with all of its models. */
  readonly at: string
  /** How long until a request tests it. */
  readonly retryInMs: number
}

/** Where and when a key was chosen. */
export interface Choice {
  readonly target: Target
  readonly name: string
  readonly tenant: string | undefined
  readonly secret: Secret
  /** Changes when the state of any key does: what an attempt says of a key that was changed since then is out of date. */
  readonly era: number
}

interface Rest {
  readonly shown: Omit<RestingKey, 'retryInMs'>
  readonly era: number
  readonly until: number
  readonly forMs: number
  isTested: boolean
}

interface Limit {
  readonly era: number
  /** From here on it is as good as the others. */
  readonly until: number
  /** Its vendor wants to hear nothing of it until then. */
  readonly heldUntil: number
}

const usable: Standing = { may: 'use' }

/**
 * How keys are: which rest because their vendor has turned them down, and which have been used too often. By provider and the
 * key's own fingerprint, so that a new key under an old name starts afresh. A key that may not do something there, or has been
 * used too often, is so for that model alone.
 */
export class KeyHealth {
  readonly #clock: Clock
  readonly #rests = new Map<string, Rest>()
  readonly #limits = new Map<string, Limit>()
  #era = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get era(): number {
    return this.#era
  }

  /** The keys that rest now; one whose time is over is as good as the others until it is tested. */
  resting(): readonly RestingKey[] {
    const now = this.#clock.now()
    return [...this.#rests.values()].flatMap(({ shown, until }) => (until > now ? { ...shown, retryInMs: until - now } : []))
  }

  /** `since`: a key that has been used too often after that is not to be used, for however short it is to wait. */
  standing(target: Target, secret: Secret, since = Infinity): Standing {
    if (this.#rests.size === 0 && this.#limits.size === 0) return usable
    const now = this.#clock.now()
    const rests = placesOf(target, secret).flatMap((id) => this.#rests.get(id) ?? [])
    const { until, heldUntil, era } = this.#limits.get(idOf(target.id, secret)) ?? { until: now, heldUntil: now, era: 0 }
    if (era > since) return { may: 'not', forMs: Math.max(until - now, 0) }
    const heldMs = Math.max(heldUntil - now, ...rests.map((rest) => Math.max(rest.until - now, rest.isTested ? testedMs : 0)))
    if (heldMs > 0) return { may: 'not', forMs: heldMs }
    return until > now ? { may: 'last', forMs: until - now } : usable
  }

  /** A key that has rested is tested by one request, which begins now, or is over and says nothing of it. */
  tests({ target, secret, era }: Choice, isTested: boolean): void {
    for (const id of placesOf(target, secret)) {
      const rest = this.#rests.get(id)
      if (rest !== undefined && rest.era <= era) rest.isTested = isTested
    }
  }

  /** The vendor has turned the key down: at this target, or everywhere. Gives for how long it rests; nothing where that was known. */
  rest({ target, name, tenant, secret, era }: Choice, isEverywhere: boolean, retryAfterMs = 0): number | undefined {
    const at = isEverywhere ? target.provider : target.id
    const id = idOf(at, secret)
    const before = this.#rests.get(id)
    if (before !== undefined && before.era > era) return undefined
    const grown = before === undefined ? firstRestMs : before.forMs * 2
    const forMs = Math.min(longestRestMs, Math.max(grown, retryAfterMs))
    const shown = { key: name, ...(tenant !== undefined && { tenant }), fingerprint: secret.fingerprint, at }
    keep(this.#rests, id, { shown, era: ++this.#era, until: this.#clock.now() + forMs, forMs, isTested: false })
    return forMs
  }

  /** The vendor has turned a call away for being one too many. */
  limit({ target, secret }: Choice, retryAfterMs: number | undefined): void {
    const id = idOf(target.id, secret)
    const now = this.#clock.now()
    const { until, heldUntil } = this.#limits.get(id) ?? { until: now, heldUntil: now }
    const heldMs = Math.min(retryAfterMs ?? 0, longestHoldMs)
    keep(this.#limits, id, {
      era: ++this.#era,
      until: Math.max(until, now + (retryAfterMs === undefined ? limitedMs : heldMs)),
      heldUntil: Math.max(heldUntil, now + heldMs),
    })
  }

  /** The vendor has taken a call. Gives whether the key had rested. */
  works({ target, secret, era }: Choice): boolean {
    if (this.#rests.size === 0 && this.#limits.size === 0) return false
    const limited = idOf(target.id, secret)
    if ((this.#limits.get(limited)?.era ?? Infinity) <= era) this.#limits.delete(limited)
    let hadRested = false
    for (const id of placesOf(target, secret)) {
      if ((this.#rests.get(id)?.era ?? Infinity) > era) continue
      this.#rests.delete(id)
      hadRested = true
    }
    if (hadRested) this.#era += 1
    return hadRested
  }
}

function placesOf({ provider, id }: Target, secret: Secret): readonly string[] {
  return [idOf(provider, secret), idOf(id, secret)]
}

function idOf(place: string, { fingerprint }: Secret): string {
  return `${fingerprint} ${place}`
}

function keep<Value>(map: Map<string, Value>, id: string, value: Value): void {
  map.delete(id)
  map.set(id, value)
  const [oldest] = map.size > mostKept ? map.keys() : []
  if (oldest !== undefined) map.delete(oldest)
}

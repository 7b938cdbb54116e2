import type { Consequence } from './classification.ts'
import { classification } from './classification.ts'
import type { Failure, FailureKind } from './contracts/failure.ts'
import type { KeyStore } from './contracts/keys.ts'
import { Secret } from './contracts/secret.ts'
import type { Choice, KeyHealth, RestingKey } from './key-health.ts'
import type { KeyOwner } from './key-presence.ts'
import { keyContext, keyNames } from './key-presence.ts'
import type { Target } from './resolve.ts'

/** What opens a target: its only key; of several, or of a tenant's, the one that was chosen; or when there may be one. */
export type Opener = Secret | ChosenKey | { readonly restsMs: number } | undefined

/** What a failure says of a key that was chosen. */
export interface KeyFault {
  /** It is a matter of the key, and the time that its vendor asks for is the key's. */
  readonly isKeys: boolean
  /** The target's circuit does not count it. */
  readonly sparesTarget: boolean
  /** Another key than this one may do better at the same target; absent where there is none. */
  readonly after?: ChosenKey
  /** The key rests from now on. */
  readonly rested?: { readonly reason: FailureKind; readonly forMs: number }
}

interface Found {
  readonly name: string
  readonly secret: Secret
  readonly isLast: boolean
}

/**
 * Gets the keys of targets. Of several it chooses the first in their order that nothing is known against; what becomes of its
 * call is told to {@link ChosenKey}. A target's only key, where no tenant is named, is nobody's choice: for it the circuit stands.
 */
export class KeyRing {
  readonly #keys: KeyStore
  readonly #health: KeyHealth

  constructor(keys: KeyStore, health: KeyHealth) {
    this.#keys = keys
    this.#health = health
  }

  open(target: Target, owner: KeyOwner, after?: ChosenKey): Promise<Opener> | Secret {
    const { adapter } = target
    if (adapter.key === null) return noSecret
    const isOnly = typeof adapter.key === 'string' && owner.tenant === undefined
    return isOnly ? this.#keys.get(adapter.key, keyContext(adapter, owner)) : this.#choose(target, owner, after)
  }

  resting(): readonly RestingKey[] {
    return this.#health.resting()
  }

  /** Whether one of its keys is there, whatever is known against it. */
  async holds(target: Target, owner: KeyOwner): Promise<boolean> {
    if (target.adapter.key === null) return true
    const { done } = await this.#found(target, owner).next()
    return done !== true
  }

  /** No key is chosen twice between two pauses: what has failed since the first one was chosen is out of the question. */
  async #choose(target: Target, owner: KeyOwner, after: ChosenKey | undefined): Promise<Opener> {
    const health = this.#health
    const common = { target, tenant: owner.tenant, since: after?.since ?? health.era }
    let [limitedKeys, restsMs] = [0, Infinity]
    let limited: (Found & { readonly forMs: number }) | undefined
    for await (const found of this.#found(target, owner)) {
      const standing = health.standing(target, found.secret, after?.since)
      if (standing.may === 'use') return new ChosenKey(health, { ...found, ...common, hasLimited: limitedKeys > 0 })
      if (standing.may === 'not') {
        restsMs = Math.min(restsMs, standing.forMs)
        continue
      }
      limitedKeys += 1
      if (limited === undefined || standing.forMs < limited.forMs) limited = { ...found, forMs: standing.forMs }
    }
    if (limited !== undefined) return new ChosenKey(health, { ...limited, ...common, isLast: true, hasLimited: limitedKeys > 1 })
    return restsMs < Infinity ? { restsMs } : undefined
  }

  /** The keys that are there, in their order. A store that fails for one name may have the others. */
  async *#found(target: Target, owner: KeyOwner): AsyncGenerator<Found> {
    const names = keyNames(target.adapter)
    const context = keyContext(target.adapter, owner)
    let fault: { readonly cause: unknown } | undefined
    let isAny = false
    for (const name of names) {
      try {
        const secret = secretIn(await this.#keys.get(name, context))
        if (secret === undefined) continue
        isAny = true
        yield { name, secret, isLast: name === names.at(-1) }
      } catch (cause) {
        fault ??= { cause }
      }
    }
    if (!isAny && fault !== undefined) throw fault.cause
  }
}

const noSecret = new Secret('')

/** What a store gave, where that is a key. */
export function secretIn(given: unknown): Secret | undefined {
  if (Secret.is(given)) return given
  if (given === undefined || given === null) return undefined
  throw new TypeError('KeyStore.get() must give a Secret: wrap the key, new Secret(key)')
}

interface ChoiceParts extends Found {
  readonly target: Target
  readonly tenant: string | undefined
  readonly since: number
  /** Whether another one may be used where no other may. */
  readonly hasLimited: boolean
}

/** A key that was chosen for one attempt. Where it has rested, that is its test, and nobody else gets it until that is over. */
export class ChosenKey implements Choice {
  readonly target: Target
  readonly name: string
  readonly tenant: string | undefined
  readonly secret: Secret
  readonly era: number
  /** When the first key was chosen of those that were tried one after the other. */
  readonly since: number
  readonly #health: KeyHealth
  readonly #parts: ChoiceParts

  constructor(health: KeyHealth, parts: ChoiceParts) {
    const { target, name, tenant, secret, since } = parts
    this.target = target
    this.name = name
    this.tenant = tenant
    this.secret = secret
    this.era = health.era
    this.since = since
    this.#health = health
    this.#parts = parts
    health.tests(this, true)
  }

  /** The vendor has taken its call. Gives whether the key had rested until then. */
  works(): boolean {
    return this.#health.works(this)
  }

  failed(failure: Failure): KeyFault {
    const { kind, retryAfterMs } = failure
    const { isLast, hasLimited } = this.#parts
    const becomes = becomesOf(failure)
    const another = becomes !== undefined && (!isLast || (hasLimited && becomes === 'rests'))
    const sparesTarget = another || (this.tenant !== undefined && classification[kind].blame === 'account')
    if (becomes === 'waits') this.#health.limit(this, retryAfterMs)
    const forMs = becomes === 'rests' ? this.#health.rest(this, kind === 'auth' || kind === 'quota', retryAfterMs) : undefined
    return {
      isKeys: becomes !== undefined || sparesTarget,
      sparesTarget,
      ...(another && { after: this }),
      ...(forMs !== undefined && { rested: { reason: kind, forMs } }),
    }
  }

  /** Its call says nothing of the key, or was not made. */
  release(): void {
    this.#health.tests(this, false)
  }
}

/** What becomes of a key after a failure. "No such model" with a 403 means that there is none for this key. */
function becomesOf({ kind, status }: Failure): Consequence['key'] {
  const { key }: Consequence = classification[kind]
  return kind === 'not_found' && status === 403 ? 'rests' : key
}

import type {
  CreatedServiceKey,
  ServiceKey,
  ServiceKeyChange,
  ServiceKeyFault,
  ServiceKeyOptions,
  ServiceKeyPass,
  ServiceKeyRefusal,
  ServiceKeys,
  ServiceKeyStore,
  StoredServiceKey,
} from '../contracts/service-keys.ts'
import { checkServiceKey } from './check.ts'
import { opens, sealed } from './digest.ts'
import { isId, newToken, read, written } from './token.ts'

/** What service keys are made of. */
export interface KeeperParts {
  readonly store: ServiceKeyStore
  readonly pepper: string | Uint8Array | undefined
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Makes, checks and revokes the keys of one store. Holds none of them. */
export class ServiceKeyKeeper implements ServiceKeys {
  readonly #parts: KeeperParts
  readonly #listeners = new Set<(change: ServiceKeyChange) => void>()

  constructor(parts: KeeperParts) {
    this.#parts = parts
  }

  async create(options: ServiceKeyOptions): Promise<CreatedServiceKey> {
    const { store, pepper, now } = this.#parts
    const createdAt = now()
    checkServiceKey(options, createdAt)
    const token = newToken()
    const key = made(token.id, options, createdAt)
    await store.add(sealed(key, { secret: token.secret, pepper }))
    this.#tell({ type: 'created', key })
    return { ...key, key: written(token) }
  }

  async verify(token: unknown): Promise<ServiceKey | null> {
    const opened = await this.open(token)
    return 'key' in opened ? opened.key : null
  }

  async open(token: unknown): Promise<ServiceKeyPass | ServiceKeyRefusal> {
    const { store, pepper, now } = this.#parts
    const given = read(token)
    if (given === undefined) return { fault: 'malformed' }
    const { id, secret } = given
    const stored = await store.find(id)
    // Worked out where there is no such key too: what comes back says nothing of that, nor does the time it takes.
    const isRight = opens(stored, { secret, pepper })
    if (stored === undefined) return { fault: 'unknown', id }
    const fault = isRight ? faultAt(now(), stored) : 'wrong'
    return fault === undefined ? this.#pass(stored) : { fault, id }
  }

  async revoke(id: string): Promise<boolean> {
    const { store, now } = this.#parts
    const stored = isId(id) ? await store.find(id) : undefined
    if (stored === undefined) return false
    const revokedAt = new Date(now()).toISOString()
    if (!(await store.revoke(id, revokedAt))) return false
    this.#tell({ type: 'revoked', key: shown({ ...stored, revokedAt }) })
    return true
  }

  async list(): Promise<readonly ServiceKey[]> {
    const stored = await this.#parts.store.list()
    return stored.map(shown).toSorted((one, other) => (place(one) < place(other) ? -1 : 1))
  }

  subscribe(listener: (change: ServiceKeyChange) => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  #pass(stored: StoredServiceKey): ServiceKeyPass {
    const { store, now } = this.#parts
    return {
      key: shown(stored),
      async fault() {
        const found = await store.find(stored.id)
        if (found === undefined) return 'unknown'
        // What the key is for stays what it was; only whether it holds is asked.
        return found.digest === stored.digest ? faultAt(now(), { ...stored, revokedAt: found.revokedAt }) : 'wrong'
      },
    }
  }

  #tell(change: ServiceKeyChange): void {
    for (const listener of this.#listeners) {
      try {
        listener(change)
      } catch {
        // The listener fails on its own account: the change is made.
      }
    }
  }
}

function made(id: string, { agent, models, budget, expiresAt, label }: ServiceKeyOptions, createdAt: number): ServiceKey {
  return shown({
    id,
    agent,
    models: models ?? null,
    budget: budget ?? null,
    label: label ?? null,
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    revokedAt: null,
  })
}

/** A copy without what is stored besides, for whoever asks. */
function shown({ id, agent, models, budget, label, createdAt, expiresAt, revokedAt }: ServiceKey): ServiceKey {
  const copies = structuredClone({ models, budget })
  return Object.freeze({ id, agent, ...copies, label, createdAt, expiresAt, revokedAt })
}

function faultAt(now: number, { revokedAt, expiresAt }: ServiceKey): ServiceKeyFault | undefined {
  if (revokedAt !== null) return 'revoked'
  return expiresAt === null || Date.parse(expiresAt) > now ? undefined : 'expired'
}

function place({ createdAt, id }: ServiceKey): string {
  return `${createdAt} ${id}`
}

import { statSync } from 'node:fs'
import type { ServiceKeyStore, StoredServiceKey } from '../../contracts/service-keys.ts'
import { ModelyardError } from '../../errors.ts'
import { FileFault } from '../../files/fault.ts'
import type { Locking } from '../../files/lock.ts'
import { codeOf, readPrivate, stateOf } from '../../files/private-file.ts'
import { rewrite } from '../../files/rewrite.ts'
import { decode, encode, type Keys } from './contents.ts'

/** What a change makes of the keys: nothing where there is nothing to change. */
type Change = (keys: Keys) => Keys | undefined

export class FileServiceKeyStore implements ServiceKeyStore {
  readonly #parts: Locking
  /** What was read last, and of which state of the file. */
  #known: { readonly state: string; readonly keys: Keys } | undefined
  #wasThere = false
  /** The last of this process's changes: one at a time. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(parts: Locking) {
    this.#parts = parts
  }

  async add(key: StoredServiceKey): Promise<void> {
    await this.#change((keys) => {
      if (keys.has(key.id)) throw new RangeError(`there is a service key ${key.id}`)
      return new Map(keys).set(key.id, key)
    })
  }

  async find(id: string): Promise<StoredServiceKey | undefined> {
    return (await this.#now()).get(id)
  }

  revoke(id: string, revokedAt: string): Promise<boolean> {
    return this.#change((keys) => {
      const key = keys.get(id)
      return key === undefined || key.revokedAt !== null ? undefined : new Map(keys).set(id, { ...key, revokedAt })
    })
  }

  async list(): Promise<readonly StoredServiceKey[]> {
    return [...(await this.#now()).values()]
  }

  /** The keys as the file has them now: read anew as soon as its dates say that it has changed. */
  #now(): Keys | Promise<Keys> {
    const { path } = this.#parts
    try {
      // Not a promise: a local file answers in microseconds, and every call asks.
      if (this.#known?.state === stateOf(statSync(path, { bigint: true }))) return this.#known.keys
    } catch {
      // Reading says what it is.
    }
    return this.#read()
  }

  /** No file is no keys, as long as there never was one. */
  async #read(): Promise<Keys> {
    const { path, files } = this.#parts
    try {
      const { bytes, state } = await readPrivate(path, files.open)
      const keys = decode(path, bytes.toString('utf8'))
      this.#known = { state, keys }
      this.#wasThere = true
      return keys
    } catch (error) {
      const isAbsent = error instanceof FileFault && error.kind === 'missing' && codeOf(error.cause) === 'ENOENT'
      if (isAbsent && !this.#wasThere) return new Map()
      throw asOurs(error)
    }
  }

  #change(change: Change): Promise<boolean> {
    const done = this.#turn.then(() => this.#inTurn(change))
    this.#turn = done.catch(() => undefined)
    return done
  }

  async #inTurn(change: Change): Promise<boolean> {
    try {
      const isChanged = await rewrite(this.#parts, async () => {
        const changed = change(await this.#read())
        return changed && encode(changed)
      })
      this.#wasThere ||= isChanged
      return isChanged
    } catch (error) {
      throw asOurs(error)
    }
  }
}

function asOurs(error: unknown): unknown {
  if (!(error instanceof FileFault)) return error
  return new ModelyardError('SERVICE_KEY_STORE_FAILED', `serviceKeys: ${error.message}`, { cause: error.cause })
}

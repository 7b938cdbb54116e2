import { statSync } from 'node:fs'
import { codeOf, readPrivate, stateOf } from '../../files/private-file.ts'
import type { Files } from '../../files/replace.ts'
import { KeyStoreError } from '../failure.ts'
import { throwAsKeyStoreError } from '../file-fault.ts'
import type { MasterKeyRing } from '../master/ring.ts'
import { snapshotOf, type Snapshot } from '../sealed/snapshot.ts'
import { decode } from './text.ts'

/** What reading takes. */
export interface KeyFileParts {
  readonly path: string
  readonly ring: MasterKeyRing
  readonly files: Files
  readonly onError: ((error: KeyStoreError) => void) | undefined
}

/** A file that cannot be read is tried again after so long, in ms, or as soon as it has changed. */
const retryMs = 1_000

/** The file as it is now and, where it can no longer be read, as it was when it last could. */
export class KeyFile {
  readonly #parts: KeyFileParts
  #good: Snapshot | undefined
  #reading: { readonly state: string; readonly snapshot: Promise<Snapshot> } | undefined
  #failed: { readonly state: string; readonly at: number; readonly error: unknown } | undefined

  constructor(parts: KeyFileParts) {
    this.#parts = parts
  }

  /** Whether this process has ever read the file. */
  get wasThere(): boolean {
    return this.#good !== undefined
  }

  /** For calls. Costs a look at the file's dates as long as nothing has changed. */
  latest(): Snapshot | Promise<Snapshot> {
    const state = this.#stateNow()
    if (this.#good?.state === state) return this.#good
    const failed = this.#failed
    if (failed?.state === state && performance.now() - failed.at < retryMs) return this.#good ?? Promise.reject(failed.error)
    return this.#shared(state).catch((error: unknown) => {
      if (this.#good === undefined) throw error
      return this.#good
    })
  }

  /** For whoever must know: what cannot be read rejects. */
  async read(): Promise<Snapshot> {
    const { path, ring, files } = this.#parts
    const { bytes, state } = await readPrivate(path, files.open).catch(throwAsKeyStoreError)
    if (this.#good?.state === state) return this.#good
    this.#good = await snapshotOf(state, await decode(bytes.toString('utf8'), ring), this.#good)
    this.#failed = undefined
    return this.#good
  }

  /** Calls that come while the file is being read wait for the same reading. */
  #shared(state: string): Promise<Snapshot> {
    if (this.#reading?.state === state) return this.#reading.snapshot
    const snapshot = this.read()
      .catch((error: unknown) => {
        this.#note(state, error)
        throw error
      })
      .finally(() => {
        if (this.#reading?.snapshot === snapshot) this.#reading = undefined
      })
    this.#reading = { state, snapshot }
    return snapshot
  }

  #note(state: string, error: unknown): void {
    const isNew = this.#failed?.state !== state
    this.#failed = { state, at: performance.now(), error }
    if (!isNew || this.#good === undefined || !(error instanceof KeyStoreError)) return
    try {
      this.#parts.onError?.(error)
    } catch {
      // The caller's function fails on its own account.
    }
  }

  #stateNow(): string {
    try {
      // Not a promise: a local file answers in microseconds, and every call asks.
      return stateOf(statSync(this.#parts.path, { bigint: true }))
    } catch (error) {
      return codeOf(error)
    }
  }
}

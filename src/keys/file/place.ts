import type { LockTimes } from '../../files/lock.ts'
import { codeOf } from '../../files/private-file.ts'
import { rewrite } from '../../files/rewrite.ts'
import { KeyStoreError } from '../failure.ts'
import { throwAsKeyStoreError } from '../file-fault.ts'
import { storeAfter, type Change } from '../sealed/change.ts'
import type { Contents } from '../sealed/contents.ts'
import type { Snapshot } from '../sealed/snapshot.ts'
import type { Place } from '../sealed/store.ts'
import { KeyFile, type KeyFileParts } from './key-file.ts'
import { textOf } from './text.ts'

export interface FilePlaceParts extends KeyFileParts {
  readonly times: LockTimes
}

/** A store in a file. */
export class FilePlace implements Place {
  readonly #parts: FilePlaceParts
  readonly #file: KeyFile

  constructor(parts: FilePlaceParts) {
    this.#parts = parts
    this.#file = new KeyFile(parts)
  }

  latest(): Snapshot | Promise<Snapshot> {
    return this.#file.latest()
  }

  read(): Promise<Snapshot> {
    return this.#file.read()
  }

  change(change: Change): Promise<boolean> {
    const text = async (): Promise<string | undefined> => {
      const sealed = await storeAfter(change, this.#parts.ring, await this.#present(change))
      return sealed && textOf(sealed)
    }
    return rewrite(this.#parts, text).catch(throwAsKeyStoreError)
  }

  /** What the file holds; `undefined` where none was made yet. One that was there and is gone is not begun anew. */
  async #present({ isRotation }: Change): Promise<Contents | undefined> {
    try {
      return (await this.#file.read()).contents
    } catch (error) {
      const isAbsent = error instanceof KeyStoreError && error.kind === 'missing' && codeOf(error.cause) === 'ENOENT'
      if (isAbsent && !this.#file.wasThere && !isRotation) return undefined
      throw error
    }
  }
}

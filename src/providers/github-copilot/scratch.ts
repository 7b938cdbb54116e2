import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Directories for the time that something runs. */
export interface Scratch {
  /** Makes one that nobody else on this machine can read. */
  make(): Promise<string>
  remove(directory: string): Promise<void>
}

const options = { recursive: true, force: true } as const

/** Directories below the system's own for such things. What is left of them goes when the application ends. */
export function scratch(): Scratch {
  const made = new Set<string>()

  function sweep(): void {
    for (const directory of made) {
      try {
        rmSync(directory, options)
      } catch {
        // What cannot be removed is the system's to clean up.
      }
    }
  }

  return {
    async make() {
      const directory = await mkdtemp(join(tmpdir(), 'modelyard-copilot-'))
      if (made.size === 0) process.once('exit', sweep)
      made.add(directory)
      return directory
    },
    async remove(directory) {
      await rm(directory, options).catch(() => undefined)
      made.delete(directory)
      if (made.size === 0) process.off('exit', sweep)
    },
  }
}

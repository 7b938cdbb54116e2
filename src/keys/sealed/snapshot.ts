import { Secret } from '../../contracts/secret.ts'
import { version, type Contents, type Opened } from './contents.ts'

/** A store that was read and opened, in one of its states. */
export interface Snapshot {
  readonly state: string
  readonly contents: Contents
  readonly secrets: ReadonlyMap<string, Secret>
}

/** Opens the values as well, but for those that are in the snapshot of another state as they are now. */
export async function snapshotOf(state: string, { contents, cipher }: Opened, other: Snapshot | undefined): Promise<Snapshot> {
  const secrets = new Map<string, Secret>()
  for (const [name, { current }] of contents.entries) {
    const isSame = other?.contents.entries.get(name)?.current.jwe === current.jwe
    const known = isSame ? other.secrets.get(name) : undefined
    secrets.set(name, known ?? new Secret(await cipher.open(name, current.jwe, { store: contents.store, version })))
  }
  return { state, contents, secrets }
}

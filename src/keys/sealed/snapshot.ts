import { Secret } from '../../contracts/secret.ts'
import { version, type Contents, type Opened } from './contents.ts'

/** A store that was read and opened, in one of its states. */
export interface Snapshot {
  readonly state: string
  readonly contents: Contents
  readonly secrets: ReadonlyMap<string, Secret>
}

/** Opens the values as well. */
export async function snapshotOf(state: string, { contents, cipher }: Opened): Promise<Snapshot> {
  const secrets = new Map<string, Secret>()
  for (const [name, { current }] of contents.entries)
    secrets.set(name, new Secret(await cipher.open(name, current.jwe, { store: contents.store, version })))
  return { state, contents, secrets }
}

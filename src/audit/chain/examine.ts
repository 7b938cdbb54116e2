import type { AuditEntry } from '../../contracts/archive.ts'
import type { AuditEvent } from '../../contracts/audit.ts'
import type { AuditChainLink, AuditHead } from '../../contracts/audit-link.ts'
import { commitmentTo, hashOf } from './hashes.ts'

/** A record that says of itself, rightly, what its hash is. */
export interface Sound {
  readonly kind: 'sound'
  readonly link: AuditChainLink
  readonly id: string
  readonly at: string
  readonly event: AuditEvent
  /** What was there once is gone, as erasing leaves it. */
  readonly isErased: boolean
  /** What is wrong with it all the same: with the part that may be erased, or with how it is kept. */
  readonly flaw: string | undefined
}

/** A record whose hash is not what it says, and of which nothing can be believed. */
export interface Broken {
  readonly kind: 'broken'
  readonly id: string | undefined
  /** What it says. */
  readonly chain: string | undefined
  readonly n: number | undefined
  readonly prev: string | null | undefined
  /** What its hash may have been: the one that it states, and the one that it has. */
  readonly hashes: readonly string[]
}

export interface Other {
  readonly kind: 'unchained' | 'unreadable'
  readonly id: string | undefined
}

type Fields = Readonly<Record<string, unknown>>

/** What one entry of an archive is, looked at by itself. */
export function examine({ record, flaw }: AuditEntry): Sound | Broken | Other {
  if (!isFields(record)) return { kind: 'unreadable', id: undefined }
  const { id: givenId, at, event, chain } = record
  const id = typeof givenId === 'string' ? givenId : undefined
  if (chain === undefined) return { kind: 'unchained', id }
  const hash = safely(() => hashOf(record))
  if (!isLink(chain) || chain.hash !== hash) return broken(id, chain, hash)
  // Its hash is right, so this is what was written, by whoever has written it.
  if (id === undefined || typeof at !== 'string' || !isEvent(event)) return broken(id, chain, hash)
  return {
    kind: 'sound',
    link: chain,
    id,
    at,
    event,
    isErased: chain.personal !== undefined && record['personal'] === undefined,
    flaw: flaw ?? flawOf(record, chain),
  }
}

function flawOf(record: Fields, link: AuditChainLink): string | undefined {
  const { personal } = record
  if (personal !== undefined && safely(() => commitmentTo(isFields(personal) ? personal : {})) !== link.personal)
    return 'its personal part is not the one that it was written with'
  // The hash covers the one and not the other.
  if ((link.signature === undefined) !== (link.keyId === undefined)) return 'its signature was taken away or put there'
  return undefined
}

function broken(id: string | undefined, chain: unknown, hash: string | undefined): Broken {
  const { id: chainId, n, prev, hash: stated }: Fields = isFields(chain) ? chain : {}
  return {
    kind: 'broken',
    id,
    chain: typeof chainId === 'string' ? chainId : undefined,
    n: typeof n === 'number' ? n : undefined,
    prev: typeof prev === 'string' || prev === null ? prev : undefined,
    hashes: [stated, hash].filter((each) => typeof each === 'string'),
  }
}

function isLink(link: unknown): link is AuditChainLink {
  if (!isFields(link)) return false
  const { id, n, prev, hash, personal, keyId, signature } = link
  const isNumbered = typeof n === 'number' && Number.isSafeInteger(n) && n >= 1
  const texts = [id, hash, ...[personal, keyId, signature].filter((each) => each !== undefined)]
  return isNumbered && texts.every((text) => typeof text === 'string') && (n === 1 ? prev === null : typeof prev === 'string')
}

const ownShapes: Readonly<Record<string, (event: Fields) => boolean>> = {
  'chain.started': ({ headEvery, after }) => typeof headEvery === 'number' && (after === undefined || isHead(after)),
  'chain.head': ({ headEvery }) => typeof headEvery === 'number',
  'chain.gap': ({ from, to }) => Number.isSafeInteger(from) && Number.isSafeInteger(to),
  'chain.pruned': ({ upTo }) => Array.isArray(upTo) && upTo.every(isHead),
}

function isEvent(event: unknown): event is AuditEvent {
  if (!isFields(event) || typeof event['type'] !== 'string') return false
  return ownShapes[event['type']]?.(event) ?? true
}

export function isHead(head: unknown): head is AuditHead {
  if (!isFields(head)) return false
  const { chain, n, hash } = head
  return typeof chain === 'string' && typeof hash === 'string' && Number.isSafeInteger(n) && Number(n) >= 1
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function safely(run: () => string): string | undefined {
  try {
    return run()
  } catch {
    // What nobody can hash is not what was written.
    return undefined
  }
}

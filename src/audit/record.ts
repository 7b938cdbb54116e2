import type { AuditEvent, AuditRecord } from '../contracts/audit.ts'
import type { AuditPersonal } from '../contracts/audit-link.ts'
import type { KeptContent } from '../contracts/content.ts'
import { Trimmer } from './trimmer.ts'

/** What a record is about, where it is about a request. */
export interface About {
  readonly requestId?: string
  readonly agent?: string
  readonly tenant?: string
  readonly serviceKey?: string
  /** The hash of the user. */
  readonly subject?: string
  /** What of content was kept: as it is, whatever its size. */
  readonly kept?: KeptContent
}

/** What the trail itself puts on a record. */
export interface Stamp {
  readonly id: string
  readonly at: string
  readonly seq: number
}

/** The largest record, in bytes of JSON. */
const largestRecord = 4_096

// The first is what every record gets; the others are for the few that are too large then. The last one always fits.
const sizes = [
  { text: 256, items: 64 },
  { text: 128, items: 24 },
  { text: 64, items: 8 },
  { text: 24, items: 3 },
] as const

/** A record that keeps the promises of the trail: frozen, JSON-safe, its strings and its size limited, free of keys. */
export function createRecord(event: AuditEvent, about: About, stamp: Stamp): AuditRecord {
  const trimmer = new Trimmer(sizes[0])
  let record = build(trimmer, { event, about, stamp })
  // A character is at most 6 bytes of JSON, and everything but its strings at most 1,500 together: no need to measure.
  if (trimmer.characters * 6 + 1_500 <= largestRecord) return record
  for (const size of sizes.slice(1)) {
    if (Buffer.byteLength(JSON.stringify({ ...record, personal: undefined })) <= largestRecord) break
    record = build(new Trimmer(size), { event, about, stamp })
  }
  return record
}

/** What a record would have of it, for whoever is told of events. */
export function trimmed<Value extends object>(value: Value): Readonly<Value> {
  return new Trimmer(sizes[0]).object(value)
}

interface Parts {
  readonly event: AuditEvent
  readonly about: About
  readonly stamp: Stamp
}

function build(trimmer: Trimmer, { event, about, stamp }: Parts): AuditRecord {
  const { requestId, agent, tenant, serviceKey } = about
  return Object.freeze({
    v: 1,
    id: stamp.id,
    at: stamp.at,
    seq: stamp.seq,
    ...(requestId !== undefined && { requestId: trimmer.text(requestId) }),
    ...(agent !== undefined && { agent: trimmer.text(agent) }),
    ...(tenant !== undefined && { tenant: trimmer.text(tenant) }),
    ...(serviceKey !== undefined && { serviceKey: trimmer.text(serviceKey) }),
    event: trimmer.object(event),
    ...personalOf(about),
  })
}

function personalOf({ subject, kept }: About): { readonly personal?: AuditPersonal } {
  if (subject === undefined && kept === undefined) return nobody
  return { personal: Object.freeze({ ...(subject !== undefined && { subject }), ...kept }) }
}

const nobody = Object.freeze({})

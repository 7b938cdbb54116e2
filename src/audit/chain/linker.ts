import { randomBytes, randomUUID } from 'node:crypto'
import type { AuditEvent, AuditRecord } from '../../contracts/audit.ts'
import type { AuditChainLink, AuditHead, AuditPersonal } from '../../contracts/audit-link.ts'
import { commitmentTo, hashOf } from './hashes.ts'
import type { Signer } from './signatures.ts'

/** A record with its link. */
export interface Linked extends AuditRecord {
  readonly chain: AuditChainLink
}

/** Ties records to each other, one after the other. */
export class Linker {
  readonly id = randomUUID()
  readonly #signer: Signer | undefined
  #n = 0
  #prev: string | null = null

  constructor(signer: Signer | undefined) {
    this.#signer = signer
  }

  /** The next record of the chain. One that is no JSON throws and takes no number. */
  next(record: AuditRecord): Linked {
    try {
      return this.#linked(record)
    } catch {
      // What cannot be canonical, such as half a surrogate pair in a model's name, is made so.
      return this.#linked(plain(record))
    }
  }

  /** A record of the chain's own, signed where there is a key. */
  own(event: AuditEvent, at: string): Linked {
    return this.#linked({ v: 1, id: `${this.id}-${this.#n + 1}`, at, seq: this.#n + 1, event }, this.#signer)
  }

  #linked({ personal, ...record }: AuditRecord, signer?: Signer): Linked {
    const about = personal === undefined ? undefined : salted(personal)
    const unhashed = {
      id: this.id,
      n: this.#n + 1,
      prev: this.#prev,
      ...(about !== undefined && { personal: commitmentTo(about) }),
      ...(signer !== undefined && { keyId: signer.keyId }),
    }
    const hash = hashOf({ ...record, chain: unhashed })
    const chain = Object.freeze({ ...unhashed, hash, ...(signer !== undefined && { signature: signer.sign(hash) }) })
    this.#n += 1
    this.#prev = hash
    return Object.freeze({ ...record, chain, ...(about !== undefined && { personal: about }) })
  }
}

/** The place of a record in its chain. */
export function headOf({ chain }: Linked): AuditHead {
  return Object.freeze({ chain: chain.id, n: chain.n, hash: chain.hash })
}

function salted(personal: AuditPersonal): AuditPersonal {
  return Object.freeze({ ...personal, salt: randomBytes(16).toString('base64url') })
}

/** As it is when it is read again, with U+FFFD for halves of surrogate pairs. */
function plain(record: AuditRecord): AuditRecord {
  const copy: AuditRecord = JSON.parse(JSON.stringify(record), (_, value: unknown) =>
    typeof value === 'string' ? value.replace(/\p{Surrogate}/gu, '\uFFFD') : value,
  )
  return copy
}

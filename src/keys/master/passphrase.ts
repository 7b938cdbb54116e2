import { randomBytes, scrypt } from 'node:crypto'
import * as z from 'zod/mini'
import { ModelyardError } from '../../errors.ts'
import { KeyStoreError } from '../failure.ts'
import type { MasterKeySource } from './contract.ts'

/** A master key that is derived from a passphrase. */
export interface Passphrase {
  /** At least 12 characters; a function is asked when the passphrase is first needed. */
  readonly passphrase: string | (() => string | Promise<string>)
  /** The work of a new key, as the power of two that scrypt calls N, 15 to 20: each one more takes twice the time. Default 17. */
  readonly cost?: number
}

const defaultCost = 17
const shortest = 12

/** What a store keeps of a derived key. The bounds keep a forged record from taking all memory. */
const recordShape = z.strictObject({
  cost: z.int().check(z.gte(15), z.lte(20)),
  r: z.literal(8),
  p: z.literal(1),
  salt: z.string().check(z.regex(/^[\w-]{22}$/)),
})

type Parameters = z.infer<typeof recordShape>

/** @throws ModelyardError `BAD_OPTION`. */
export function checkPassphrase({ passphrase, cost = defaultCost }: Passphrase): void {
  if (typeof passphrase !== 'function') checkText(passphrase)
  if (Number.isInteger(cost) && cost >= 15 && cost <= 20) return
  throw new ModelyardError('BAD_OPTION', 'keys: masterKey.cost must be a whole number from 15 to 20', { field: 'masterKey.cost' })
}

export function passphraseSource({ passphrase, cost = defaultCost }: Passphrase): MasterKeySource {
  const ask = async (): Promise<string> => {
    const text: unknown = typeof passphrase === 'function' ? await passphrase() : passphrase
    checkText(text)
    // One passphrase, however a keyboard composes its letters.
    return text.normalize('NFC')
  }
  return {
    kind: 'scrypt',
    async create() {
      const parameters: Parameters = { cost, r: 8, p: 1, salt: randomBytes(16).toString('base64url') }
      return { key: await derive(await ask(), parameters), record: JSON.stringify(parameters) }
    },
    async open(record) {
      const parameters = recordShape.safeParse(parsed(record))
      if (parameters.success) return derive(await ask(), parameters.data)
      throw new KeyStoreError('tampered', 'keys: the recorded parameters of the passphrase were altered')
    },
  }
}

function checkText(passphrase: unknown): asserts passphrase is string {
  if (typeof passphrase === 'string' && passphrase.length >= shortest) return
  throw new ModelyardError('BAD_OPTION', `keys: masterKey.passphrase must be a text of at least ${shortest} characters`, {
    field: 'masterKey.passphrase',
  })
}

function parsed(record: string): unknown {
  try {
    return JSON.parse(record)
  } catch {
    return undefined
  }
}

function derive(passphrase: string, { cost, r, p, salt }: Parameters): Promise<Buffer> {
  const N = 2 ** cost
  // scrypt takes 128 N r bytes, and a little more.
  const parameters = { N, r, p, maxmem: 128 * N * r * 2 }
  return new Promise((resolve, reject) => {
    scrypt(passphrase, Buffer.from(salt, 'base64url'), 32, parameters, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}

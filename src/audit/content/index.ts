import { createPrivateKey } from 'node:crypto'
import type { AuditRecord } from '../../contracts/audit.ts'
import type { AuditContent, Content, KeptContent } from '../../contracts/content.ts'
import type { Condensed } from './condense.ts'
import { checkKnown } from '../known-options.ts'
import { Condenser } from './condense.ts'
import { Redaction, type Redactor } from './redaction.ts'
import { bad, type ContentKey, jose, keyObject, opened, type Seal, sealFor } from './seal.ts'

/** Options of {@link auditContent}. */
export interface AuditContentOptions {
  /**
   * What every text goes through before it is kept, one after the other: `piiRedactor()` of `modelyard/audit/pii`, functions of your
   * own. `false`: content is kept as it is. Keys are taken out in any case. A redactor that throws loses the content it was asked for.
   */
  readonly redact: Redactor | readonly Redactor[] | false
  /**
   * Encrypts content to a public key: RSA from 2048 bits, P-256, P-384, P-521 or X25519, as PEM, JWK, `CryptoKey` or `KeyObject`. Needs
   * `jose`, an optional peer, which is loaded with the first content. {@link openContent} reads it. Default: it is not encrypted.
   */
  readonly encryptTo?: ContentKey
  /** Whether what is asked is kept. Default true. */
  readonly request?: boolean
  /** Whether what is answered is kept. Default true. */
  readonly answer?: boolean
  /** The most bytes of JSON that one content may have; of the oldest messages, and at the end of a text, the rest is left out. Default 262,144. */
  readonly maxBytes?: number
}

/**
 * Puts into the audit trail what is asked and answered: `createRouter({ audit: { sinks, content: auditContent({ redact: piiRedactor() }) } })`.
 * Media are kept as their type and size.
 *
 * @throws ModelyardError `BAD_OPTION` naming the option.
 */
export function auditContent(options: AuditContentOptions): AuditContent {
  const { request = true, answer = true, maxBytes = 262_144, encryptTo } = checked(options)
  const own = redactorsOf(options)
  const seal = encryptTo === undefined ? undefined : sealFor(encryptTo)
  return {
    request,
    answer,
    keep(content, scrub) {
      // Marks in place of what is taken out may be longer than that.
      const condenser = new Condenser(Math.floor(maxBytes * 0.75))
      const condensed = condensedOf(content, condenser)
      const kept = keptOf(condensed, { redaction: new Redaction([scrub, ...own]), seal, maxBytes })
      return { bytes: condenser.taken, kept }
    },
    async load() {
      if (seal !== undefined) await jose()
    },
  }
}

/**
 * The content of a record as JSON text, decrypted where it is sealed; nothing where the record has none, or has it no more.
 *
 * @throws ModelyardError `BAD_OPTION` where the key does not open it; `MISSING_SDK` without `jose`.
 */
export async function openContent({ personal }: AuditRecord, privateKey?: ContentKey): Promise<string | undefined> {
  if (personal?.sealed === undefined) return personal?.content
  const key = privateKey === undefined ? undefined : keyObject(privateKey, (given) => createPrivateKey(given))
  if (key?.type !== 'private')
    throw bad('openContent(): privateKey', 'must be the private key: PEM, JWK, CryptoKey or KeyObject', 'privateKey')
  return opened(personal.sealed, key)
}

function condensedOf(content: Content, condenser: Condenser): Condensed {
  if ('messages' in content) return { messages: condenser.messages(content.messages) }
  return { input: condenser.value(content.input) }
}

interface Keeper {
  readonly redaction: Redaction
  readonly seal: Seal | undefined
  readonly maxBytes: number
}

async function keptOf(condensed: Condensed, { redaction, seal, maxBytes }: Keeper): Promise<KeptContent> {
  const text = JSON.stringify(await redaction.of(condensed))
  if (Buffer.byteLength(text) > maxBytes) throw new RangeError('the redactors have made more of it than may be kept')
  return seal === undefined ? { content: text } : { sealed: await seal(text) }
}

function isRedactor(value: unknown): boolean {
  return typeof value === 'function'
}

function redactorsOf({ redact }: AuditContentOptions): readonly Redactor[] {
  if (redact === false) return []
  return typeof redact === 'function' ? [redact] : redact
}

function checked(options: AuditContentOptions): AuditContentOptions {
  const { redact, maxBytes, request, answer }: { readonly [Name in keyof AuditContentOptions]: unknown } = { ...options }
  if (redact !== false && !isRedactor(redact) && !(Array.isArray(redact) && redact.length > 0 && redact.every(isRedactor)))
    throw bad(
      'auditContent(): redact',
      'must be a function such as piiRedactor(), an array of them, or false to keep content as it is',
      'redact',
    )
  if (maxBytes !== undefined && !(Number.isSafeInteger(maxBytes) && Number(maxBytes) >= 1_024))
    throw bad('auditContent(): maxBytes', 'must be a whole number of at least 1024', 'maxBytes')
  checkKnown('auditContent(): options', options, ['redact', 'encryptTo', 'request', 'answer', 'maxBytes'])
  for (const [name, value] of Object.entries({ request, answer }))
    if (value !== undefined && typeof value !== 'boolean') throw bad(`auditContent(): ${name}`, 'must be true or false', name)
  return options
}

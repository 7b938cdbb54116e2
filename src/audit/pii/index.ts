import { ModelyardError } from '../../errors.ts'
import { cards } from './cards.ts'
import { ibans } from './ibans.ts'
import { emails, ips, macs, phones, secrets, ssns } from './patterns.ts'
import type { Finder } from './finder.ts'
import { replaced } from './finder.ts'

/** What {@link piiRedactor} finds. */
export type PiiKind = 'secret' | 'email' | 'iban' | 'card' | 'ssn' | 'ip' | 'mac' | 'phone'

/** Options of {@link piiRedactor}. */
export interface PiiOptions {
  /** What to look for. Default: everything. */
  readonly kinds?: readonly PiiKind[]
}

// In this order: an account number must not be taken for a phone's.
const finders: Readonly<Record<PiiKind, readonly Finder[]>> = {
  secret: secrets,
  email: emails,
  iban: ibans,
  card: cards,
  ssn: ssns,
  ip: ips,
  mac: macs,
  phone: phones,
}

/**
 * Takes out of a text what can be told by its form: email addresses, phone numbers, bank accounts (IBAN), payment cards, US social
 * security numbers, addresses of the internet and of devices, passwords and keys; `[email]`, `[phone]` and so on stand in their
 * place. Numbers that have a checksum must have the right one. Names and postal addresses have no form: for these, and for what only you
 * know, put a function of your own behind it. Works in a time that grows with the text and with nothing else.
 *
 * @example
 * ```ts
 * auditContent({ redact: [piiRedactor(), (text) => text.replaceAll(/CUST-\d+/g, '[customer]')] })
 * ```
 * @throws ModelyardError `BAD_OPTION` where a kind is none.
 */
export function piiRedactor({ kinds }: PiiOptions = {}): (text: string) => string {
  const isKnown = (kind: unknown): boolean => typeof kind === 'string' && Object.hasOwn(finders, kind)
  if (kinds !== undefined && !(Array.isArray(kinds) && kinds.every(isKnown)))
    throw new ModelyardError('BAD_OPTION', `piiRedactor(): kinds must be an array of ${Object.keys(finders).join(', ')}.`, {
      field: 'kinds',
    })
  const chosen = Object.entries(finders).filter(([kind]) => kinds === undefined || kinds.some((each) => each === kind))
  return (text) =>
    chosen.reduce((clean, [kind, each]) => each.reduce((rest, finder) => replaced(rest, finder, `[${kind}]`), clean), text)
}

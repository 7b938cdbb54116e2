import { randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** A service key, taken apart. */
export interface Token {
  readonly id: string
  readonly secret: string
}

const prefix = 'gk_svc_'
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const idLength = 16
/** 62 ** 43 is more than 2 ** 256. */
const secretLength = 43
const checkLength = 6
const tokenLength = prefix.length + idLength + 1 + secretLength + checkLength
const form = new RegExp(`^${prefix}([0-9A-Za-z]{${idLength}})_([0-9A-Za-z]{${secretLength}})([0-9A-Za-z]{${checkLength}})$`)

/** A new one: at least 256 bits that nobody can guess. */
export function newToken(): Token {
  return { id: random(idLength), secret: random(secretLength) }
}

/** `gk_svc_ID_SECRET` and a checksum, by which a slip of the pen, or a scanner's find, is told without asking anybody. */
export function written({ id, secret }: Token): string {
  const text = `${prefix}${id}_${secret}`
  return `${text}${checksum(text)}`
}

/** Takes a key apart; nothing where it is none, whatever else it is. */
export function read(token: unknown): Token | undefined {
  // The length first: nothing is done for a megabyte.
  if (typeof token !== 'string' || token.length !== tokenLength) return undefined
  const [, id, secret, check] = form.exec(token) ?? []
  if (id === undefined || secret === undefined || check !== checksum(token.slice(0, -checkLength))) return undefined
  return { id, secret }
}

/** Whether it may be the id of a key. */
export function isId(id: unknown): boolean {
  return typeof id === 'string' && /^[0-9A-Za-z]{16}$/.test(id)
}

function random(length: number): string {
  return Array.from({ length }, () => digits.charAt(randomInt(digits.length))).join('')
}

/** CRC-32 in six digits of base 62, which hold any. */
function checksum(text: string): string {
  let rest = crc32(text)
  let shown = ''
  while (shown.length < checkLength) {
    shown = `${digits.charAt(rest % digits.length)}${shown}`
    rest = Math.floor(rest / digits.length)
  }
  return shown
}

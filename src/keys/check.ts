import { ModelyardError } from '../errors.ts'

/** A record of keys by name, as an application without types may get it wrong. */
export function checkKeys(keys: unknown): void {
  if (typeof keys === 'object' && keys !== null && !Array.isArray(keys)) return
  // What came is not shown: it may be a key.
  throw new ModelyardError('BAD_OPTION', "keys: memoryKeys() takes an object such as { NAME_OF_THE_KEY: '…' }", { field: 'keys' })
}

/** The name that a key is asked for by: printable ASCII without spaces, at most 200 characters. */
export function checkName(name: string): void {
  // The name is not shown: whoever mixes up name and value would find the key in the message.
  if (!/^[!-~]{1,200}$/.test(name)) {
    throw new ModelyardError('BAD_OPTION', 'keys: the name of a key must be 1 to 200 printable ASCII characters without spaces', {
      field: 'keys',
    })
  }
}

/**
 * A key goes into an HTTP header, so it can only be printable ASCII; a line break or a space is a copying mistake. The
 * message names the key and the fault, never the value.
 */
export function checkValue(name: string, value: unknown): asserts value is string {
  const fault = faultOf(value)
  if (fault === undefined) return
  throw new ModelyardError('BAD_OPTION', `keys: the key ${name} ${fault}`, { field: `keys.${name}` })
}

function faultOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return `must be a string, got ${value === null ? 'null' : typeof value}`
  if (value === '') return 'is empty'
  if (/\s/.test(value)) return 'contains a line break or other white space'
  if (!/^[!-~]+$/.test(value)) return 'contains a character that is not printable ASCII'
  return undefined
}

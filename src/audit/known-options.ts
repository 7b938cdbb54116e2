import { ModelyardError } from '../errors.ts'

/**
 * Refuses options that there are not: a misspelt one would go unnoticed, and with it a signature or an encryption.
 *
 * @throws ModelyardError `BAD_OPTION` naming the option.
 */
export function checkKnown(call: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null)
    throw new ModelyardError('BAD_OPTION', `${call} must be an object of ${known.join(', ')}`, { field: call })
  for (const name of Object.keys(options))
    if (!known.includes(name))
      throw new ModelyardError('BAD_OPTION', `${call} has no option '${name}'. It takes ${known.join(', ')}.`, { field: name })
}

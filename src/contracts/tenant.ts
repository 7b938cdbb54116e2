/** What a tenant may be called, in words that follow "must be". */
export const tenantRule = 'letters, digits and . _ : @ + -, beginning with a letter or a digit, at most 100 of them'

/**
 * Whether this can be a tenant's name. It becomes part of the names of keys: without `/` no tenant's name leads to another's keys,
 * and a store that keeps its keys under paths is not led out of its folder.
 */
export function isTenantName(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9][\w.:@+-]{0,99}$/.test(value)
}

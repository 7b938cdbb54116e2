import type { KeyStore } from '../contracts/keys.ts'
import { isTenantName, tenantRule } from '../contracts/tenant.ts'
import { ModelyardError } from '../errors.ts'

/**
 * Gives each tenant keys of its own, out of any store: for a call with the routing option `tenant` a key is looked for under
 * `TENANT/NAME`, for one without it under its name. A tenant without a key of its own has none, for its calls would be billed to
 * somebody else; with `shared: true` it has the key that calls without a tenant have.
 *
 * @throws ModelyardError `BAD_OPTION`
 */
export function tenantKeys(store: KeyStore, { shared = false }: { readonly shared?: boolean } = {}): KeyStore {
  if (typeof store?.get !== 'function') throw bad('store', 'takes a key store with get(name), and options')
  if (typeof shared !== 'boolean') throw bad('shared', 'takes true or false as `shared`')
  const keys: KeyStore = {
    async get(name, context) {
      const { tenant } = context
      if (tenant === undefined) return store.get(name, context)
      const own = await store.get(nameOf(tenant, name), context)
      return own === undefined && shared ? store.get(name, context) : own
    },
  }
  if (store.has === undefined) return keys
  return {
    ...keys,
    has(name, context) {
      const common = store.has?.(name, context)
      // Nobody is calling: that there is none for all says nothing of the tenants.
      if (context === undefined) return common === true ? true : undefined
      if (context.tenant === undefined) return common
      const own = store.has?.(nameOf(context.tenant, name), context)
      return own === false && shared ? common : own
    },
  }
}

function nameOf(tenant: string, name: string): string {
  if (!isTenantName(tenant)) throw bad('tenant', `takes tenants of ${tenantRule}`)
  return `${tenant}/${name}`
}

function bad(field: string, problem: string): ModelyardError {
  return new ModelyardError('BAD_OPTION', `tenantKeys() ${problem}.`, { field: `tenantKeys.${field}` })
}

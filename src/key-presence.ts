import type { ProviderAdapter } from './contracts/adapter.ts'
import type { KeyContext, KeyStore } from './contracts/keys.ts'
import type { Rejection } from './contracts/policy.ts'
import type { Target } from './resolve.ts'

// The usual caller, whom no call is to build anew.
const nobody = Object.freeze({})

/** Who a key is asked for: a call's agent and tenant. */
export type KeyOwner = { readonly [field in 'agent' | 'tenant']?: string | undefined }

/** The names of an adapter's keys: none where it needs none. */
export function keyNames({ key }: Pick<ProviderAdapter, 'key'>): readonly string[] {
  return key === null ? [] : typeof key === 'string' ? [key] : key
}

/** The same for people: `A or B`. */
export function keyWords(adapter: Pick<ProviderAdapter, 'key'>, none = 'key'): string {
  return keyNames(adapter).join(' or ') || none
}

/** Why a target whose keys are absent is no candidate. */
export function missingFor({ adapter, provider }: Target, { tenant }: KeyOwner): Rejection {
  const whose = tenant === undefined ? '' : ` of tenant ${tenant}`
  return { reason: 'missing_key', detail: `the key store holds no ${keyWords(adapter)}${whose} for ${provider}` }
}

/** Those of the two that are there. */
export function ownerFields({ agent, tenant }: KeyOwner): Omit<KeyContext, 'provider'> {
  if (agent === undefined && tenant === undefined) return nobody
  return { ...(agent !== undefined && { agent }), ...(tenant !== undefined && { tenant }) }
}

/** What a key store is told of a call. */
export function keyContext({ id: provider }: ProviderAdapter, owner: KeyOwner): KeyContext {
  const fields = ownerFields(owner)
  return fields === nobody ? { provider } : { provider, ...fields }
}

/** Whether none of the adapter's keys is there, as far as that is known. `owner` is absent where no call is being made. */
export function lacksKey(keys: KeyStore, { key }: ProviderAdapter, owner?: KeyOwner): boolean {
  if (key === null || keys.has === undefined) return false
  const context = owner?.tenant === undefined ? owner && nobody : { tenant: owner.tenant }
  return typeof key === 'string' ? keys.has(key, context) === false : key.every((name) => keys.has?.(name, context) === false)
}

/** Whether one of the adapter's keys is there; asks the store for them where that is the only way to know. */
export async function hasKey(keys: KeyStore, adapter: ProviderAdapter, owner: KeyOwner): Promise<boolean> {
  if (adapter.key === null) return true
  const context = keyContext(adapter, owner)
  const has = async (name: string): Promise<boolean> => keys.has?.(name, context) ?? (await keys.get(name, context)) !== undefined
  const answers = await Promise.allSettled(keyNames(adapter).map(has))
  if (answers.some((answer) => answer.status === 'fulfilled' && answer.value)) return true
  for (const answer of answers) if (answer.status === 'rejected') throw answer.reason
  return false
}

/** Loads what is loaded late, of the adapters whose key is there; a key that comes later brings its adapter along. */
export function preparation(adapters: readonly ProviderAdapter[], keys: KeyStore): () => Promise<void> | undefined {
  let waiting = adapters.filter((adapter) => adapter.load !== undefined)
  const load = async (due: readonly ProviderAdapter[]): Promise<void> => {
    await Promise.all(due.map(async (adapter) => adapter.load?.()))
    waiting = waiting.filter((adapter) => !due.includes(adapter))
  }
  return () => {
    const due = waiting.filter((adapter) => !lacksKey(keys, adapter))
    return due.length === 0 ? undefined : load(due)
  }
}

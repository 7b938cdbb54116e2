import type { ProviderAdapter } from './contracts/adapter.ts'
import type { KeyStore } from './contracts/keys.ts'

/** Whether the adapter's key is known to be absent. */
export function lacksKey(keys: KeyStore, { key }: ProviderAdapter): boolean {
  return key !== null && keys.has?.(key) === false
}

/** Whether the adapter's key is there; asks the store for it where that is the only way to know. */
export async function hasKey(keys: KeyStore, { id, key }: ProviderAdapter): Promise<boolean> {
  return key === null || (keys.has?.(key) ?? (await keys.get(key, { provider: id })) !== undefined)
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

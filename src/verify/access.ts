import { auditOptionsOf } from '../audit-options.ts'
import type { ProviderAdapter } from '../contracts/adapter.ts'
import { ModelyardError } from '../errors.ts'
import { keyNames, keyWords } from '../key-presence.ts'
import type { RouterOptions } from '../options.ts'
import { within } from '../patience.ts'
import type { ChainInOptions } from './chains.ts'
import { outageDomainOf } from './chains.ts'
import type { Finding } from './finding.ts'
import { finding } from './finding.ts'
import type { VerifyParts } from './parts.ts'

const longestKeyMs = 5000

/** Who can be called at all. */
export interface Access {
  readonly findings: readonly Finding[]
  /** The ids of those adapters that cannot. */
  readonly closed: ReadonlySet<string>
}

/** Asks for every key by its presence, and for every SDK; of the built-in adapters, those that somebody's own chain names. */
export async function access(chains: readonly ChainInOptions[], parts: VerifyParts): Promise<Access> {
  const { options, adapters } = parts
  const named = new Map(
    chains.filter(({ isOwn }) => isOwn).flatMap(({ places }) => places.map(({ target, where }) => [target.provider, where])),
  )
  const findings: Finding[] = [...sharedKeys(adapters, options.providers !== undefined)]
  const closed = new Set<string>()
  const looked = await Promise.all(adapters.map(async (adapter, index) => ({ adapter, index, key: await keyOf(adapter, parts) })))
  for (const { adapter, index, key } of looked) {
    const isMeant = options.providers !== undefined || named.has(adapter.id)
    const where = options.providers === undefined ? (named.get(adapter.id) ?? 'keys') : `providers[${index}]`
    if (key !== 'there') {
      closed.add(adapter.id)
      if (isMeant) findings.push(withoutKey(adapter, where, key))
      continue
    }
    const problem = await sdkProblem(adapter, where)
    if (problem === undefined) continue
    closed.add(adapter.id)
    findings.push(problem)
  }
  const lost = await contentProblem(options)
  if (lost !== undefined) findings.push(lost)
  return { findings, closed }
}

async function keyOf(adapter: ProviderAdapter, { hasKey, clock }: VerifyParts): Promise<'there' | 'absent' | 'failed'> {
  try {
    const has = await within(hasKey(adapter), { clock, ms: longestKeyMs, signal: undefined })
    return has === undefined ? 'failed' : has ? 'there' : 'absent'
  } catch {
    // What the store says may hold what must not be told.
    return 'failed'
  }
}

function withoutKey(adapter: ProviderAdapter, where: string, how: 'absent' | 'failed'): Finding {
  if (how === 'absent')
    return finding('missing_key', where, {
      message: `the key store holds no ${keyWords(adapter)} for ${adapter.id}`,
      fix: `Set ${keyWords(adapter, 'it')}, or leave ${adapter.id} out.`,
    })
  return finding('key_store_failed', where, {
    message: `the key store could not say whether it holds ${keyWords(adapter, 'the key')} for ${adapter.id}`,
    fix: 'See to the key store: a call to this provider would be skipped with `key_store_failed`.',
  })
}

async function sdkProblem(adapter: ProviderAdapter, where: string): Promise<Finding | undefined> {
  try {
    await adapter.load?.()
    await adapter.loadSdk?.()
    return undefined
  } catch (error) {
    if (ModelyardError.is(error) && error.code === 'MISSING_SDK')
      return finding('missing_sdk', where, {
        message: `${adapter.id} needs the package '${error.field ?? 'of its vendor'}', which is not installed`,
        fix: `Run: npm install ${error.field ?? ''}`.trimEnd(),
      })
    return finding('adapter_failed', where, {
      message: `the code behind ${adapter.id} could not be loaded`,
      fix: 'Install modelyard and the SDKs anew; `adapter.load()` and `adapter.loadSdk()` throw the cause.',
    })
  }
}

async function contentProblem({ audit }: RouterOptions): Promise<Finding | undefined> {
  try {
    await auditOptionsOf(audit).content?.load?.()
    return undefined
  } catch (error) {
    const name = ModelyardError.is(error) ? (error.field ?? '') : ''
    return finding('missing_sdk', 'audit.content', {
      message: `the content of requests cannot be kept without the package '${name}', which is not installed: all of it is lost`,
      fix: `Run: npm install ${name}`.trimEnd(),
    })
  }
}

/** A key goes to whoever is configured with its name: two vendors with one name is nearly always a slip. */
function* sharedKeys(adapters: readonly ProviderAdapter[], isOwn: boolean): Generator<Finding> {
  if (!isOwn) return
  const uses = adapters.flatMap((adapter, index) => keyNames(adapter).map((key) => ({ key, adapter, index })))
  for (const [key, [first, ...others]] of Map.groupBy(uses, (use) => use.key)) {
    if (first === undefined) continue
    for (const { adapter, index } of others) {
      if (vendorOf(adapter) === vendorOf(first.adapter)) continue
      yield finding('key_used_twice', `providers[${index}]`, {
        message: `${adapter.id} is given the key ${key}, which is that of ${first.adapter.id}`,
        fix: 'Give each vendor a key of its own with the adapter’s option `key`.',
      })
    }
  }
}

function vendorOf(adapter: ProviderAdapter): string {
  return outageDomainOf(adapter).split(':')[0] ?? ''
}

import { access } from './access.ts'
import type { ChainInOptions } from './chains.ts'
import { chainsOf } from './chains.ts'
import type { Finding } from './finding.ts'
import { finding } from './finding.ts'
import { fitness } from './fitness.ts'
import { lifecycle, reach } from './lifecycle.ts'
import { limits } from './limits.ts'
import { money } from './money.ts'
import type { VerifyParts } from './parts.ts'
import { shape } from './shape.ts'

/** What was found, and the chains that it was found in. */
export interface Looked {
  readonly findings: readonly Finding[]
  readonly chains: readonly ChainInOptions[]
  /** Adapters that cannot be called. */
  readonly closed: ReadonlySet<string>
}

/** Looks a whole configuration through. Calls no vendor, and throws nothing: a check that fails is a finding of its own. */
export async function looked(parts: VerifyParts): Promise<Looked> {
  const { options, names } = parts
  const findings: Finding[] = []
  const attempt = async (what: string, check: () => Iterable<Finding> | Promise<Iterable<Finding>>): Promise<void> => {
    try {
      findings.push(...(await check()))
    } catch {
      // What it says may hold what must not be told.
      findings.push(failed(what))
    }
  }
  let chains: readonly ChainInOptions[] = []
  let closed: ReadonlySet<string> = new Set()
  await attempt('the chains', () => {
    chains = chainsOf(options, names)
    return []
  })
  await attempt('keys and SDKs', async () => {
    const { findings: found, closed: unable } = await access(chains, parts)
    closed = unable
    return found
  })
  await attempt('the adapters', async () => {
    await Promise.all([parts.prepare(), parts.loadPrices()])
    return []
  })
  const open = chains.map((chain) => ({ ...chain, places: placesOpen(chain, closed) }))
  for (const chain of open) {
    await attempt(`${chain.name}: its shape`, () => shape(chain, options))
    await attempt(`${chain.name}: its fallbacks`, () => fitness(chain, parts))
  }
  await attempt('lifecycles', () => lifecycle(open, parts))
  await attempt('aliases', () => reach(chains, { ...parts, closed }))
  await attempt('prices and budgets', () => money(open, parts))
  await attempt('limits', () => limits(options))
  return { findings, chains: open, closed }
}

/** What is said of an adapter that cannot be called is said once, and not of each of its models again. */
function placesOpen({ places, isOwn }: ChainInOptions, closed: ReadonlySet<string>): ChainInOptions['places'] {
  const open = places.filter(({ target }) => !closed.has(target.provider))
  return isOwn && open.length === 0 ? places : open
}

function failed(what: string): Finding {
  return finding('check_failed', what, {
    message: 'this could not be checked: an adapter or a part of your own threw',
    fix: 'See to what the adapters and parts of your own do with unusual input.',
  })
}

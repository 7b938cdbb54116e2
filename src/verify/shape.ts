import type { RouterOptions } from '../options.ts'
import type { ChainInOptions, Place } from './chains.ts'
import { distinct, outageDomainOf } from './chains.ts'
import type { Finding } from './finding.ts'
import { finding } from './finding.ts'

/** What is wrong with a chain as such: too short, named twice, all of one piece, in no region. */
export function* shape(chain: ChainInOptions, options: Pick<RouterOptions, 'region' | 'escalate'>): Generator<Finding> {
  const { kind, name, where, places, isOwn } = chain
  const targets = distinct(places)
  if (targets.length === 0) return
  if (isOwn) yield* duplicates(places, name)
  const domains = Map.groupBy(targets, ({ target }) => outageDomainOf(target.adapter))
  if (kind === 'tier') {
    if (domains.size === 1) yield oneVendor(where, name, [...domains.keys()])
  } else if (targets.length === 1) {
    if (kind === 'agent')
      yield finding('single_target', where, {
        message: `${name} has ${targets[0]?.target.id ?? 'one target'} and nobody to go on to`,
        fix: `Give ${where}.fallback a model of another vendor.`,
      })
  } else if (isOwn) {
    yield* together(domains, where, name)
  }
  yield* regions(chain, targets, options)
  if (kind === 'agent') yield* steps(chain, options)
}

/** A second entry for a target; an entry that stands for several may repeat some of them. */
function* duplicates(places: readonly Place[], name: string): Generator<Finding> {
  const byEntry = Map.groupBy(places, ({ where }) => where)
  const seen = new Set<string>()
  for (const [where, entry] of byEntry) {
    const ids = entry.map(({ target }) => target.id)
    if (ids.every((id) => seen.has(id)))
      yield finding('duplicate_target', where, {
        message: `${name} has ${ids.join(', ')} already, which is tried once`,
        fix: 'Leave it out, or name another model.',
      })
    for (const id of ids) seen.add(id)
  }
}

function oneVendor(where: string, name: string, domains: readonly string[]): Finding {
  return finding('tier_one_vendor', where, {
    message: `all models of ${name} are in one outage domain, ${domains.join()}`,
    fix: 'Configure a second vendor, or add a model of one to the tier.',
  })
}

function* together(domains: ReadonlyMap<string, readonly Place[]>, where: string, name: string): Generator<Finding> {
  for (const [domain, places] of domains) {
    const [first, second] = places
    if (first === undefined || second === undefined) continue
    const ids = places.map(({ target }) => target.id).join(' and ')
    yield finding('shared_outage', domains.size === 1 ? where : second.where, {
      message: `${domains.size === 1 ? `all targets of ${name}` : ids} are in one outage domain, ${domain}`,
      fix: 'Put a model of another vendor or cloud between them, or in place of one.',
    })
  }
}

function* regions(
  { name, where, agent, kind }: ChainInOptions,
  targets: readonly Place[],
  options: Pick<RouterOptions, 'region'>,
): Generator<Finding> {
  const region = kind === 'agent' ? (agent?.region ?? options.region) : options.region
  if (region === undefined || targets.some(({ target }) => target.adapter.region === region)) return
  yield finding('region_empty', where, {
    message: `no target of ${name} declares the region ${region}`,
    fix: `Give the adapter of one \`region: '${region}'\`, if it is there, or name a model that is.`,
  })
}

/** An agent that names its models has no tier above them. */
function* steps({ agent, where, name }: ChainInOptions, options: Pick<RouterOptions, 'escalate'>): Generator<Finding> {
  const escalate = agent?.escalate ?? options.escalate
  if (agent === undefined || escalate === undefined || escalate === false || escalate.to !== undefined) return
  const { primary } = agent
  if (primary !== 'tier:complex' && (primary === 'auto' || primary.startsWith('tier:'))) return
  yield finding('escalation_nowhere', agent.escalate === undefined ? where : `${where}.escalate`, {
    message: `${name} ${primary === 'tier:complex' ? 'begins with the highest tier' : 'names its model'}, so that there is no tier above`,
    fix: 'Name the steps in `escalate.to`, or switch it off with `escalate: false`.',
  })
}

import { NotFoundError } from 'openai'
import type { ProviderAdapter } from './contracts/adapter.ts'
import type { ErrorCode } from './errors.ts'
import { ModelyardError } from './errors.ts'
import type { RouterOptions } from './options.ts'
import { nearest } from './nearest.ts'
import type { ModelNames, Target } from './resolve.ts'
import { tierNames } from './resolve.ts'

/** What references are checked against. */
export interface ReferenceContext {
  readonly adapters: readonly ProviderAdapter[]
  readonly names: ModelNames
  /** Whether the target's key is known to be absent. */
  readonly lacksKey: (adapter: ProviderAdapter) => boolean
}

/**
 * Checks that everything the options name exists: providers, models, aliases, tiers, agents.
 *
 * @throws ModelyardError `UNKNOWN_PROVIDER`, `UNKNOWN_MODEL`, `UNKNOWN_AGENT` or `EMPTY_TIER` naming the field and the fix.
 */
export function checkReferences(options: RouterOptions, context: ReferenceContext): void {
  checkDistinct(context.adapters)
  for (const [alias, names] of Object.entries(options.models ?? {})) {
    const list = typeof names === 'string' ? [names] : names
    for (const [index, name] of list.entries())
      checkName(name, typeof names === 'string' ? `models.${alias}` : `models.${alias}[${index}]`, context)
  }
  for (const tier of tierNames) checkTier(tier, options, context)
  for (const [agent, { primary, fallback = [] }] of Object.entries(options.agents ?? {})) {
    checkName(primary, `agents.${agent}.primary`, context)
    for (const [index, name] of fallback.entries()) checkName(name, `agents.${agent}.fallback[${index}]`, context)
  }
  if (options.baseline !== undefined) checkName(options.baseline, 'baseline', context)
}

function checkDistinct(adapters: readonly ProviderAdapter[]): void {
  const seen = new Set<string>()
  for (const [index, { id }] of adapters.entries()) {
    if (seen.has(id))
      fail('BAD_OPTION', `providers[${index}].id`, `two providers have the id ${quoted(id)}; give one of them another \`id\``)
    seen.add(id)
  }
}

function checkTier(
  tier: (typeof tierNames)[number],
  options: RouterOptions,
  { names, lacksKey, ...context }: ReferenceContext,
): void {
  const list = options.tiers?.[tier]
  if (list === undefined) return
  for (const [index, name] of list.entries()) checkName(name, `tiers.${tier}[${index}]`, { names, lacksKey, ...context })
  const targets: readonly Target[] = names.tier(tier)
  if (targets.some(({ adapter }) => !lacksKey(adapter))) return
  const keys = [...new Set(targets.map(({ adapter }) => adapter.key))].join(', ')
  fail(
    'EMPTY_TIER',
    `tiers.${tier}`,
    targets.length === 0
      ? 'has no model; name one, or leave the tier out for the defaults'
      : `has no model whose key is there; set ${keys}`,
  )
}

function checkName(name: string, field: string, { adapters, names }: ReferenceContext): void {
  if (name.startsWith('agent:')) fail('BAD_OPTION', field, `${quoted(name)} cannot stand in a chain; name models here`)
  const slash = name.indexOf('/')
  const provider = name.slice(0, slash)
  try {
    names.resolve(name)
  } catch (error) {
    if (ModelyardError.is(error)) throw error
    if (!(error instanceof NotFoundError)) throw error
    const ids = adapters.map(({ id }) => id)
    if (slash > 0 && !ids.includes(provider)) {
      const near = nearest(provider, ids)
      const hint =
        near === undefined ? `configured are ${ids.join(', ')}; add its adapter to \`providers\`` : `did you mean ${near}?`
      fail('UNKNOWN_PROVIDER', field, `${quoted(name)} names the provider ${quoted(provider)}, which is not configured: ${hint}`)
    }
    fail('UNKNOWN_MODEL', field, error.message.replace(/^404 /, ''))
  }
}

function fail(
  code: Extract<ErrorCode, 'BAD_OPTION' | 'UNKNOWN_PROVIDER' | 'UNKNOWN_MODEL' | 'EMPTY_TIER'>,
  field: string,
  problem: string,
): never {
  throw new ModelyardError(code, `createRouter(): ${field}: ${problem}`, { field })
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 80))
}

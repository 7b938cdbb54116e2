import { NotFoundError } from 'openai'
import type { ProviderAdapter } from './contracts/adapter.ts'
import type { BudgetOptions } from './contracts/budget.ts'
import type { ErrorCode } from './errors.ts'
import { ModelyardError } from './errors.ts'
import type { AgentOptions, RouterOptions, TargetOptions } from './options.ts'
import { keyNames } from './key-presence.ts'
import { nearest } from './nearest.ts'
import { cardFault } from './contracts/check-card.ts'
import type { ModelNames, Target } from './resolve.ts'
import { tierNames } from './resolve.ts'
import type { ModelGroup } from './share.ts'

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
 * @throws ModelyardError `BAD_OPTION`, `UNKNOWN_PROVIDER`, `UNKNOWN_MODEL`, `EMPTY_TIER` or `MISSING_KEY` naming the field
 * and the fix.
 */
export function checkReferences(options: RouterOptions, context: ReferenceContext): void {
  checkAdapters(context.adapters)
  for (const [alias, names] of Object.entries(options.models ?? {})) checkAlias(alias, names, context)
  for (const [target, limits] of Object.entries(options.targets ?? {})) checkTarget(target, limits, context)
  for (const tier of tierNames) checkTier(tier, options, context)
  // A store that can be written to may get the key yet.
  const isFinal = options.keys === undefined || !('set' in options.keys)
  for (const [name, agent] of Object.entries(options.agents ?? {})) checkAgent(name, agent, { ...context, isFinal })
  checkSteps(options.escalate, 'escalate', context)
  checkBudgets(options)
  if (options.baseline !== undefined) checkBaseline(options.baseline, context)
  if (options.forwardTo !== undefined) checkForwardTo(options.forwardTo, context)
}

function checkBudgets({ budget, agents = {} }: RouterOptions): void {
  if (budget?.store === undefined) checkBudget('budget', budget)
  if (budget?.onStoreLost !== undefined && budget.store === undefined)
    fail('BAD_OPTION', 'budget.onStoreLost', 'has a meaning only with `store`, such as redisBudgets()')
  for (const [name, agent] of Object.entries(agents)) checkBudget(`agents.${name}.budget`, agent.budget)
}

function checkBudget(field: string, budget: BudgetOptions | undefined): void {
  if (budget === undefined) return
  const limits = [budget.usd, budget.tokens, budget.requests].flatMap((unit) => [unit?.perMinute, unit?.perDay, unit?.perMonth])
  if (limits.every((limit) => limit === undefined))
    fail('BAD_OPTION', field, 'sets no limit; give it one such as usd: { perDay: 5 }')
  if (budget.downgradeAt !== undefined && budget.onLimit !== 'downgrade')
    fail('BAD_OPTION', `${field}.downgradeAt`, "has a meaning only with onLimit: 'downgrade'")
}

/** Own adapters have passed no factory's check. */
function checkAdapters(adapters: readonly ProviderAdapter[]): void {
  const seen = new Set<unknown>()
  for (const [index, { id, models = [] }] of adapters.entries()) {
    const field = `providers[${index}].id`
    if (typeof id !== 'string' || !/^[^/:\s]+$/.test(id) || id === 'auto')
      fail('BAD_OPTION', field, 'must be a name without "/", ":" or white space, and not "auto"')
    if (seen.has(id)) fail('BAD_OPTION', field, `two providers have the id ${quoted(id)}; give one of them another \`id\``)
    seen.add(id)
    if (!Array.isArray(models)) fail('BAD_OPTION', `providers[${index}].models`, 'must be an array of model cards')
    for (const [at, card] of models.entries()) {
      const fault = cardFault(card)
      if (fault !== undefined) fail('BAD_OPTION', `providers[${index}].models[${at}]${fault.path}`, fault.problem)
    }
  }
}

function checkAlias(alias: string, names: string | readonly string[] | ModelGroup, context: ReferenceContext): void {
  const field = `models.${alias}`
  if (alias !== alias.trim()) fail('BAD_OPTION', field, 'an alias cannot begin or end with white space')
  if (alias === 'auto' || /^(?:tier|agent):/.test(alias))
    fail('BAD_OPTION', field, `${quoted(alias)} is a word of the router's own; give the alias another name`)
  const provider = alias.slice(0, Math.max(0, alias.indexOf('/')))
  if (context.adapters.some(({ id }) => id === provider))
    fail('BAD_OPTION', field, `${quoted(alias)} already means a model of the provider ${provider}; give the alias another name`)
  if (typeof names === 'string') checkName(names, field, context)
  else if ('targets' in names) checkGroup(names, field, context)
  else for (const [index, name] of names.entries()) checkName(name, `${field}[${index}]`, context)
}

function checkGroup({ targets }: ModelGroup, field: string, context: ReferenceContext): void {
  for (const [index, entry] of targets.entries()) {
    const name = typeof entry === 'string' ? entry : entry.target
    const place = `${field}.targets[${index}]${typeof entry === 'string' ? '' : '.target'}`
    checkName(name, place, context)
    if (context.names.resolve(name).kind === 'auto')
      fail('BAD_OPTION', place, `${quoted(name)} cannot share traffic; name models here`)
  }
}

function checkTarget(target: string, options: TargetOptions, context: ReferenceContext): void {
  const { maxConcurrent, maxQueue, queueMs, limits } = options
  const field = `targets.${target}`
  checkName(target, field, context)
  const resolution = context.names.resolve(target)
  const [only] = resolution.kind === 'targets' ? resolution.targets : []
  if (only?.id !== target) fail('BAD_OPTION', field, `${quoted(target)} is no single target; write provider/model`)
  if (limits !== undefined && limits.requestsPerMinute === undefined && limits.tokensPerMinute === undefined)
    fail('BAD_OPTION', `${field}.limits`, 'sets no limit; give it requestsPerMinute or tokensPerMinute')
  if (maxConcurrent === undefined && (maxQueue !== undefined || queueMs !== undefined))
    fail('BAD_OPTION', `${field}.maxConcurrent`, 'must be given where requests are to wait for their turn')
}

function checkAgent(
  name: string,
  { primary, fallback = [], escalate, providerOptions = {} }: AgentOptions,
  context: ReferenceContext & { readonly isFinal: boolean },
): void {
  checkName(primary, `agents.${name}.primary`, context)
  checkSteps(escalate, `agents.${name}.escalate`, context)
  for (const [index, model] of fallback.entries()) checkName(model, `agents.${name}.fallback[${index}]`, context)
  const ids = context.adapters.map(({ id }) => id)
  for (const provider of Object.keys(providerOptions))
    if (!ids.includes(provider))
      fail(
        'UNKNOWN_PROVIDER',
        `agents.${name}.providerOptions.${provider}`,
        `no such provider is configured: ${providerHint(provider, ids)}`,
      )
  if (!context.isFinal) return
  const targets = [primary, ...fallback].flatMap((model) => targetsOf(model, context))
  if (targets.length === 0 || targets.some(({ adapter }) => !context.lacksKey(adapter))) return
  const keys = [...new Set(targets.flatMap(({ adapter }) => keyNames(adapter)))].join(' or ')
  fail('MISSING_KEY', `agents.${name}`, `no model of its chain has a key in the key store; set ${keys}`)
}

/** A step says what it leads to. */
function checkSteps(escalate: AgentOptions['escalate'], field: string, context: ReferenceContext): void {
  if (escalate === undefined || escalate === false) return
  for (const [index, name] of (escalate.to ?? []).entries()) {
    const place = `${field}.to[${index}]`
    checkName(name, place, context)
    if (context.names.resolve(name).kind === 'auto')
      fail('BAD_OPTION', place, `${quoted(name)} is no step up; name models or tiers here`)
  }
}

function targetsOf(model: string, { names }: ReferenceContext): readonly Target[] {
  const resolution = names.resolve(model)
  return resolution.kind === 'targets' ? resolution.targets : tierNames.flatMap((tier) => names.tier(tier))
}

function checkBaseline(baseline: string, context: ReferenceContext): void {
  checkName(baseline, 'baseline', context)
  const resolution = context.names.resolve(baseline)
  const [target] = resolution.kind === 'targets' ? resolution.targets : []
  if (target === undefined) fail('BAD_OPTION', 'baseline', `must name a model, ${quoted(baseline)} leaves the choice open`)
  if (target.card === undefined || target.card.prices === null)
    fail(
      'BAD_OPTION',
      'baseline',
      `the price of ${target.id} is not known; name a model with prices, or give it some in \`catalog\``,
    )
}

function checkForwardTo(provider: string, { adapters }: ReferenceContext): void {
  const able = adapters.filter((adapter) => adapter.forward !== undefined).map(({ id }) => id)
  if (able.includes(provider)) return
  const problem = able.length === 0 ? 'no configured provider takes them' : `there are ${able.join(', ')}`
  fail('UNKNOWN_PROVIDER', 'forwardTo', `${quoted(provider)} takes no calls as they are: ${problem}`)
}

function providerHint(provider: string, ids: readonly string[]): string {
  const near = nearest(provider, ids)
  return near === undefined ? `configured are ${ids.join(', ')}; add its adapter to \`providers\`` : `did you mean ${near}?`
}

function checkTier(
  tier: (typeof tierNames)[number],
  options: RouterOptions,
  { names, lacksKey, ...context }: ReferenceContext,
): void {
  const list = options.tiers?.[tier]
  if (list === undefined) return
  for (const [index, name] of list.entries()) {
    const field = `tiers.${tier}[${index}]`
    if (name === 'auto' || name.startsWith('tier:'))
      fail('BAD_OPTION', field, `${quoted(name)} cannot stand in a tier; name models here`)
    checkName(name, field, { names, lacksKey, ...context })
  }
  const targets: readonly Target[] = names.tier(tier)
  if (targets.some(({ adapter }) => !lacksKey(adapter))) return
  const keys = [...new Set(targets.flatMap(({ adapter }) => keyNames(adapter)))].join(', ')
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
      fail(
        'UNKNOWN_PROVIDER',
        field,
        `${quoted(name)} names the provider ${quoted(provider)}, which is not configured: ${providerHint(provider, ids)}`,
      )
    }
    fail('UNKNOWN_MODEL', field, error.message.replace(/^404 /, ''))
  }
}

function fail(
  code: Extract<ErrorCode, 'BAD_OPTION' | 'UNKNOWN_PROVIDER' | 'UNKNOWN_MODEL' | 'EMPTY_TIER' | 'MISSING_KEY'>,
  field: string,
  problem: string,
): never {
  throw new ModelyardError(code, `createRouter(): ${field}: ${problem}`, { field })
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 80))
}

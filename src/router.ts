import { accounts } from './accounts.ts'
import { createTrail } from './audit/trail.ts'
import { createCatalog, retirement, successor } from './catalog/catalog.ts'
import { costOf, usageOf } from './catalog/cost.ts'
import { estimateTextTokens, estimateTokens, tokensAtMost } from './catalog/estimate.ts'
import type { LedgerEntry } from './catalog/ledger.ts'
import { createLedger } from './catalog/ledger.ts'
import { models } from './catalog/models.ts'
import type { Core } from './client.ts'
import { RouterClient, clientOptions } from './client.ts'
import { breakerEvent, circuitsOf } from './circuits.ts'
import { systemClock } from './clock.ts'
import type { ProviderAdapter } from './contracts/adapter.ts'
import type { AuditSink } from './contracts/audit.ts'
import type { Catalog, Tier } from './contracts/catalog.ts'
import type { Clock } from './contracts/clock.ts'
import type { KeyStore } from './contracts/keys.ts'
import type { Classifier } from './contracts/policy.ts'
import { Secret } from './contracts/secret.ts'
import type { Usage } from './contracts/usage.ts'
import { Dispatcher } from './dispatch.ts'
import { embeddingPlanner } from './embeddings.ts'
import { endpoints } from './endpoints.ts'
import { ModelyardError } from './errors.ts'
import { envKeys } from './keys/env.ts'
import { modelDirectory } from './model-directory.ts'
import type { RouterOptions } from './options.ts'
import { checkRouterOptions } from './check-options.ts'
import type { PlanContext } from './plan.ts'
import { missingFromAdapter, missingFromCard, requirementsOf } from './policy/constraints.ts'
import { defaultTiers } from './policy/tiers.ts'
import { builtinAdapters } from './providers/builtin.ts'
import { ModelNames } from './resolve.ts'
import type { Entry, Runtime } from './runtime.ts'
import { noTokens } from './runtime.ts'
import { checkReferences } from './references.ts'

/**
 * Makes a router: an `OpenAI` client whose `chat.completions.create` is served by the providers you configure.
 *
 * @throws ModelyardError with a code of `docs/errors.md` that names the option, what came, and the fix.
 */
export function createRouter(options: RouterOptions = {}): RouterClient {
  checkRouterOptions(options)
  const { clock = systemClock, keys = envKeys(), fastPath = true, maxRetries = 2, timeout = 600_000, defaultHeaders } = options
  const adapters = adaptersOf(options, keys)
  const catalog = createCatalog(models, [...adapters.flatMap((adapter) => adapter.models ?? []), ...(options.catalog ?? [])])
  const tiers: Readonly<Record<Tier, readonly string[]>> = { ...defaultTiers, ...options.tiers }
  const names = new ModelNames({
    adapters,
    catalog,
    aliases: options.models ?? {},
    tiers,
    circuit: options.breaker?.key ?? (({ provider, model }) => `${provider}/${model}`),
  })
  checkReferences(options, { adapters, names, lacksKey: (adapter) => lacksKey(keys, adapter) })
  const core = assemble(options, { adapters, catalog, names, clock, keys, fastPath })
  return new RouterClient(clientOptions(core, { maxRetries, timeout, ...(defaultHeaders !== undefined && { defaultHeaders }) }))
}

interface Parts {
  readonly adapters: readonly ProviderAdapter[]
  readonly catalog: Catalog
  readonly names: ModelNames
  readonly clock: Clock
  readonly keys: KeyStore
  readonly fastPath: boolean
}

function assemble(options: RouterOptions, parts: Parts): Core {
  const { adapters, catalog, names, clock, keys, fastPath } = parts
  const trail = createTrail({ sinks: sinksOf(options), clock })
  const ledger = createLedger({ catalog, ...baselineOf(options, parts) })
  const breakers = circuitsOf(options, { clock, names, onTransition: (transition) => trail.emit(breakerEvent(transition)) })
  const cost: Runtime['cost'] = (usage, { card }) => costOf(usage, card, clock.wall())
  const runtime: Runtime = {
    clock,
    breakers,
    emit: trail.active ? (event, about) => trail.emit(event, about) : undefined,
    secret: async ({ adapter }, agent) =>
      adapter.key === null
        ? noSecret
        : keys.get(adapter.key, agent === undefined ? { provider: adapter.id } : { provider: adapter.id, agent }),
    cost,
    record: (entry) => ledger.add(ledgerEntry(entry, clock.wall())),
    random: Math.random,
  }
  let closed = false
  const dispatcher = new Dispatcher({
    runtime,
    context: planContext(parts),
    classifier: options.classifier ?? lateClassifier(),
    agents: options.agents ?? {},
    defaults: { region: options.region, strict: options.strict ?? false, clocks: options.clocks ?? {} },
    accounts: accounts({ usageOf, cost, estimateTokens, estimateTextTokens }),
    embeddings: embeddingPlanner(adapters, names),
    isClosed: () => closed,
    prepare: preparation(adapters, keys),
  })
  const isRetired = (card: Parameters<typeof retirement>[0]): boolean => retirement(card, clock.wall()).retired
  const directory = modelDirectory({ adapters, catalog, names, isRetired, hasKey: (adapter) => hasKey(keys, adapter) })
  return {
    dispatcher,
    ledger,
    breakers,
    fastPath,
    ...endpoints({ dispatcher, models: directory }),
    flush: () => trail.flush(),
    async close() {
      closed = true
      await Promise.all(adapters.map(async (adapter) => adapter.close?.()))
      await trail.close()
    },
  }
}

const noSecret = new Secret('')

/** The built-in classifier, loaded at the first request that needs it. */
function lateClassifier(): Classifier {
  let loading: Promise<Classifier> | undefined
  return {
    async classify(request) {
      loading ??= import('./policy/complexity/classifier.ts').then(({ createClassifier }) => createClassifier())
      return (await loading).classify(request)
    },
  }
}

/** The adapters named, or every built-in one: those whose key is absent are passed over in every plan. */
function adaptersOf({ providers }: RouterOptions, keys: KeyStore): readonly ProviderAdapter[] {
  const adapters = providers ?? builtinAdapters.map((make) => make())
  const absent = adapters.filter((adapter) => lacksKey(keys, adapter))
  // Into a writable store a key may still come; a store that cannot be written to will not change its mind.
  const isFinal = !('set' in keys)
  if (isFinal && (providers === undefined ? absent.length === adapters.length : absent.length > 0)) {
    const names = absent.map(({ key }) => key).join(providers === undefined ? ' or ' : ', ')
    throw new ModelyardError(
      'MISSING_KEY',
      `createRouter(): the key store holds no ${names}; set the environment variable, or pass \`keys\`.`,
      { field: 'keys' },
    )
  }
  return adapters
}

function lacksKey(keys: KeyStore, { key }: ProviderAdapter): boolean {
  return key !== null && keys.has?.(key) === false
}

/** Loads what is loaded late, of the adapters whose key is there; a key that comes later brings its adapter along. */
function preparation(adapters: readonly ProviderAdapter[], keys: KeyStore): () => Promise<void> | undefined {
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

async function hasKey(keys: KeyStore, { id, key }: ProviderAdapter): Promise<boolean> {
  return key === null || (keys.has?.(key) ?? (await keys.get(key, { provider: id })) !== undefined)
}

function sinksOf({ audit }: RouterOptions): readonly AuditSink[] {
  return audit === undefined ? [] : 'write' in audit ? [audit] : audit
}

function planContext({ catalog, names, clock, keys }: Parts): PlanContext {
  return {
    names,
    constrain(request) {
      const required = requirementsOf(request, { estimateTokens, tokensAtMost })
      return ({ card }, support) =>
        (card === undefined ? undefined : missingFromCard(card, required)) ?? missingFromAdapter(support, card, required)
    },
    retirement(card) {
      if (card.lifecycle?.shutdownDate === undefined) return { retired: false, rerouted: false }
      const wallMs = clock.wall()
      const { retired, rerouted } = retirement(card, wallMs)
      const heir = retired ? successor(catalog, card, wallMs) : undefined
      return { retired, rerouted, ...(heir !== undefined && { replacement: heir.id }) }
    },
    lacksKey: ({ adapter }) => lacksKey(keys, adapter),
  }
}

/** The model to compare with: the one named, or the dearest of the complex tier whose key is there. */
function baselineOf({ baseline }: RouterOptions, { names, clock, keys }: Parts): { readonly baseline?: string } {
  if (baseline !== undefined) {
    const resolution = names.resolve(baseline)
    const [target] = resolution.kind === 'targets' ? resolution.targets : []
    return { baseline: target === undefined ? baseline : `${target.card?.provider ?? target.provider}/${target.model}` }
  }
  const priced = names
    .tier('complex')
    .filter(({ adapter }) => !lacksKey(keys, adapter))
    .map(({ card }) => ({ card, cost: costOf(sample, card, clock.wall())?.picoUsd ?? -1n }))
    .filter(({ cost }) => cost >= 0n)
    .toSorted((one, other) => (one.cost < other.cost ? 1 : -1))
  const card = priced[0]?.card
  return card === undefined ? {} : { baseline: `${card.provider}/${card.id}` }
}

const sample: Usage = { ...noTokens, input: 1000, output: 1000 }

function ledgerEntry({ target, decision, usage, source, cost, outcome, durationMs, firstTokenMs }: Entry, at: number): LedgerEntry {
  return {
    at,
    provider: target.provider,
    model: target.model,
    usage,
    usageSource: source,
    cost,
    outcome,
    durationMs,
    ...(decision.agent !== undefined && { agent: decision.agent }),
    ...(decision.tier !== undefined && { tier: decision.tier }),
    ...(firstTokenMs !== undefined && { firstTokenMs }),
  }
}

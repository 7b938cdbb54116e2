import { accounts } from './accounts.ts'
import { auditOptionsOf } from './audit-options.ts'
import { createTrail } from './audit/trail.ts'
import { createCatalog, retirement } from './catalog/catalog.ts'
import { estimateTextTokens, estimateTokens } from './catalog/estimate.ts'
import { genaiPrices } from './catalog/genai-prices.ts'
import { models } from './catalog/models.ts'
import { countOf } from './catalog/usage.ts'
import { RouterClient } from './client.ts'
import { clientOptions } from './client-options.ts'
import { billed } from './books.ts'
import { budgetPanel } from './budget-panel.ts'
import { circuitsOf } from './circuits.ts'
import { systemClock } from './clock.ts'
import type { ProviderAdapter } from './contracts/adapter.ts'
import type { Tier } from './contracts/catalog.ts'
import type { KeyStore } from './contracts/keys.ts'
import type { Classifier } from './contracts/policy.ts'
import type { Core } from './core.ts'
import { defaultsOf } from './defaults.ts'
import type { DispatcherParts } from './dispatch.ts'
import { endpoints } from './endpoints.ts'
import type { ForwardParts } from './forward.ts'
import { ModelyardError } from './errors.ts'
import { healthOf } from './health.ts'
import { flowOf } from './flow.ts'
import { envKeys } from './keys/env.ts'
import { hasKey, keyNames, lacksKey, preparation } from './key-presence.ts'
import type { ModelDirectory } from './model-directory.ts'
import { modelDirectory } from './model-directory.ts'
import type { RouterOptions } from './options.ts'
import { checkRouterOptions, routingOver } from './check-options.ts'
import { defaultTiers } from './policy/tiers.ts'
import { builtinAdapters } from './providers/builtin.ts'
import { ModelNames } from './resolve.ts'
import { comparer } from './router/comparer.ts'
import { verifier } from './router/verifier.ts'
import type { Parts } from './router/parts.ts'
import { ledgerOf } from './router/ledger.ts'
import { endingOf } from './router/ending.ts'
import { keyDoors } from './router/key-doors.ts'
import { budgetsOf, ratesOf } from './router/limits.ts'
import { measured } from './router/measured.ts'
import { notesOf } from './router/notes.ts'
import { planContext } from './router/plan-context.ts'
import { runtimeOf } from './router/runtime.ts'
import { replayer } from './router/replayer.ts'
import { shadowsOf } from './router/shadows.ts'
import { listenersOf, observed } from './router/telemetry.ts'
import { checkReferences } from './references.ts'
import { ownerOf } from './routing.ts'

/**
 * Makes a router: an `OpenAI` client whose `chat.completions.create` is served by the providers you configure.
 *
 * @throws ModelyardError with a code of `docs/errors.md` that names the option, what came, and the fix.
 */
export function createRouter(options: RouterOptions = {}): RouterClient {
  checkRouterOptions(options)
  const { maxRetries = 2, timeout = 600_000, defaultHeaders } = options
  const core = assemble(options, partsOf(options))
  return new RouterClient(clientOptions(core, { maxRetries, timeout, ...(defaultHeaders !== undefined && { defaultHeaders }) }))
}

function partsOf(options: RouterOptions): Parts {
  const { clock = systemClock, keys = envKeys(), fastPath = true, tokenizer } = options
  const adapters = adaptersOf(options, keys)
  const catalog = createCatalog([...models, ...adapters.flatMap((adapter) => adapter.models ?? [])], options.catalog)
  const names = new ModelNames({
    adapters,
    catalog,
    aliases: options.models ?? {},
    tiers: tiersOf(options),
    circuit: options.breaker?.key ?? (({ provider, model }) => `${provider}/${model}`),
  })
  checkReferences(options, { adapters, names, lacksKey: (adapter) => lacksKey(keys, adapter) })
  const prices = options.prices === false ? undefined : (options.prices ?? genaiPrices())
  return { adapters, catalog, prices, names, clock, keys, fastPath, tokenizer }
}

function assemble(options: RouterOptions, parts: Parts): Core {
  const { adapters, names, clock, keys, fastPath } = parts
  const { listener, telemetry } = listenersOf(options)
  const audit = auditOptionsOf(options.audit)
  const trail = createTrail({ ...audit, clock, telemetry: listener, subjectOf: (requestId) => notes?.of(requestId)?.subject })
  const notes = notesOf(audit, trail)
  const ledger = ledgerOf(options, parts, (event) => trail.emit(event))
  const breakers = circuitsOf(options, { clock, names, emit: (event) => trail.emit(event) })
  const flow = flowOf(options, { breakers, clock, random: Math.random, estimateTokens })
  const runtime = runtimeOf(parts, { breakers, trail, telemetry, notes, ledger, flow, rates: ratesOf(options, clock) })
  const budgets = budgetsOf(options, { clock, emit: (event) => trail.emit(event) })
  const counting = accounts({ countOf, cost: runtime.cost, billed, estimateTokens, estimateTextTokens })
  const observer = observed(telemetry, { breakers, trail, runtime })
  const ending = endingOf({ trail, observer, ledger, stores: [breakers, budgets], adapters, running: runtime.running })
  const dispatching: DispatcherParts = {
    runtime,
    context: planContext(parts, flow, runtime),
    classifier: options.classifier ?? lateClassifier(),
    agents: options.agents ?? {},
    defaults: defaultsOf(options),
    accounts: counting,
    budgets,
    measured: measured(ledger, breakers),
    isClosed: ending.isClosed,
    prepare: preparation(adapters, keys),
  }
  const { dispatcher, of: shadow, close } = shadowsOf(options, dispatching, names)
  const doors = keyDoors(options.serviceKeys, { clock, trail })
  for (const end of [close, doors.close]) ending.before(end)
  const core: Core = {
    flush: ending.flush,
    close: ending.close,
    dispatcher,
    ledger,
    budgets: budgetPanel(budgets),
    breakers,
    fastPath,
    ...endpointsOf(options, parts, { dispatcher, accounts: counting }),
    shadow,
    compare: comparer(dispatching, names),
    verify: verifier(options, parts, dispatching),
    replay: replayer(options, parts, partsOf),
    health: () => healthOf({ options, names, breakers, trail, runtime, isClosed: ending.isClosed(), lacksKey: lacksKeyIn(keys) }),
    routingOver,
    forServiceKey: (key) => doors.open(key, core),
  }
  return core
}

function lacksKeyIn(keys: KeyStore): (adapter: ProviderAdapter) => boolean {
  return (adapter) => lacksKey(keys, adapter)
}

function endpointsOf(
  options: RouterOptions,
  parts: Parts,
  workings: Pick<ForwardParts, 'dispatcher' | 'accounts'>,
): ReturnType<typeof endpoints> {
  return endpoints({
    models: directoryOf(options, parts),
    operations: { ...operations(parts), ...workings, forwardTo: options.forwardTo },
  })
}

function directoryOf({ agents = {} }: RouterOptions, { adapters, catalog, names, keys, clock }: Parts): ModelDirectory {
  return modelDirectory({
    adapters,
    catalog,
    names,
    isRetired: (card) => retirement(card, clock.wall()).retired,
    hasKey: (adapter, owner) => hasKey(keys, adapter, ownerOf(owner, agents)),
  })
}

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
    const names = listed(absent.flatMap(keyNames), providers === undefined ? 'or' : 'and')
    throw new ModelyardError(
      'MISSING_KEY',
      `createRouter(): the key store holds no ${names}; set the environment variable, or pass \`keys\`.`,
      { field: 'keys' },
    )
  }
  return adapters
}

function listed(names: readonly string[], joint: string): string {
  const last = names.at(-1) ?? ''
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} ${joint} ${last}`
}

/** The tiers named, the defaults for those that are not; one that is `undefined` is not named. */
function tiersOf({ tiers = {} }: RouterOptions): Readonly<Record<Tier, readonly string[]>> {
  return {
    simple: tiers.simple ?? defaultTiers.simple,
    standard: tiers.standard ?? defaultTiers.standard,
    complex: tiers.complex ?? defaultTiers.complex,
  }
}

function operations({ adapters, catalog, names, keys }: Parts): Pick<ForwardParts, 'adapters' | 'names' | 'isKnown' | 'lacksKey'> {
  return {
    adapters,
    names,
    isKnown: (model) => catalog.serving(model).length > 0,
    lacksKey: (adapter, owner) => lacksKey(keys, adapter, owner),
  }
}

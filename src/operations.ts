import { NotFoundError } from 'openai'
import type { Accounts } from './accounts.ts'
import { badRequest } from './body.ts'
import type { ProviderAdapter } from './contracts/adapter.ts'
import type { Dispatcher } from './dispatch.ts'
import { unsupportedEndpoint } from './refusal.ts'
import type { KeyOwner } from './key-presence.ts'
import { keyNames } from './key-presence.ts'
import type { ModelNames, Resolution, Target } from './resolve.ts'

/** What the operations beyond chat work with. */
export interface OperationParts {
  readonly dispatcher: Dispatcher
  readonly adapters: readonly ProviderAdapter[]
  readonly names: ModelNames
  /** Whether the catalog has the name, at whichever provider. */
  readonly isKnown: (model: string) => boolean
  readonly lacksKey: (adapter: ProviderAdapter, owner: KeyOwner) => boolean
  readonly accounts: Accounts
}

/**
 * The targets that a model string means to an operation that is no chat. `fallback` gets the bare names that nobody is known
 * to serve; one with a slash may name a provider that is not configured, and then it is nobody else's.
 *
 * @throws NotFoundError, BadRequestError where the string names no model.
 */
export function candidatesFor(model: string, { names, isKnown }: OperationParts, fallback: ProviderAdapter): readonly Target[] {
  const resolution = resolved(model, names, isKnown(model) ? undefined : fallback)
  if (resolution.kind === 'targets' && !model.startsWith('tier:')) return resolution.targets
  throw badRequest('unsupported_parameter', `${model} chooses among chat models; name the model.`, 'model')
}

function resolved(model: string, names: ModelNames, fallback: ProviderAdapter | undefined): Resolution {
  try {
    return names.resolve(model)
  } catch (error) {
    if (!(error instanceof NotFoundError) || fallback === undefined || !/^[^\s/]+$/.test(model)) throw error
    return names.resolve(`${fallback.id}/${model}`)
  }
}

/** What an operation needs of a provider. */
interface Wanted {
  readonly parts: Pick<OperationParts, 'adapters' | 'lacksKey'>
  /** For whom. */
  readonly owner: KeyOwner
  readonly has: (adapter: ProviderAdapter) => boolean
  /** What to add where there is none: `one that moderates`. */
  readonly wanted: string
}

/**
 * The providers that have the operation and their key.
 *
 * @throws NotFoundError `UNSUPPORTED_ENDPOINT` where there is none.
 */
export function providersWith(
  endpoint: string,
  { parts, owner, has, wanted }: Wanted,
): readonly [ProviderAdapter, ...ProviderAdapter[]] {
  const having = parts.adapters.filter(has)
  const [first, ...others] = having.filter((adapter) => !parts.lacksKey(adapter, owner))
  if (first !== undefined) return [first, ...others]
  throw unsupportedEndpoint(endpoint, { wanted, keys: having.flatMap(keyNames) })
}

import type OpenAI from 'openai'
import { badRequest, jsonCopy } from './body.ts'
import type { ProviderAdapter } from './contracts/adapter.ts'
import type { Cost, Usage } from './contracts/usage.ts'
import { AttemptError } from './errors.ts'
import type { RejectedTarget } from './decision.ts'
import type { Plan, Routing } from './plan.ts'
import type { ModelNames, Target } from './resolve.ts'
import type { Operation } from './route.ts'
import { noTokens, nothingSpent } from './runtime.ts'

/** The body of an embeddings call, copied and checked. */
export type EmbeddingRequest = Readonly<OpenAI.EmbeddingCreateParams>

/** Decides where an embeddings call goes. */
export interface EmbeddingPlanner {
  plan(request: EmbeddingRequest, routing: Pick<Routing, 'agent' | 'region'>): Plan
}

/** @throws BadRequestError naming the field where the body's shape is wrong. */
export function embeddingRequest(body: unknown): EmbeddingRequest {
  const copy = jsonCopy(body)
  if (!isEmbeddingRequest(copy))
    throw badRequest('invalid_body', 'An embeddings body needs `model`, a non-empty string, and `input`.', 'model')
  return Object.freeze(copy)
}

function isEmbeddingRequest(copy: unknown): copy is OpenAI.EmbeddingCreateParams {
  return (
    typeof copy === 'object' &&
    copy !== null &&
    'model' in copy &&
    typeof copy.model === 'string' &&
    copy.model !== '' &&
    'input' in copy
  )
}

/**
 * A chain of one model: two models' vectors are not comparable, so there is no going on to another. A bare name that the
 * catalog does not know goes to the first provider that embeds.
 */
export function embeddingPlanner(adapters: readonly ProviderAdapter[], names: ModelNames): EmbeddingPlanner {
  return {
    plan({ model }, { agent, region }) {
      const serving = embeddingTargets(model, { adapters, names })
      const targets = serving.filter(({ adapter }) => region === undefined || adapter.region === region)
      const chain = targets.map(({ id, provider, model: served }) => ({ target: id, provider, model: served, dropped: [] }))
      const rejected: RejectedTarget[] = serving
        .filter((target) => !targets.includes(target))
        .map(({ id, adapter }) => ({
          target: id,
          reason: 'region',
          detail: `${id} is in ${adapter.region ?? 'no declared region'}, not in ${region}`,
        }))
      if (serving.length === 0) {
        rejected.push({ target: model, reason: 'unsupported', field: 'model', detail: 'no configured provider makes embeddings' })
      }
      return { decision: { requested: model, ...(agent !== undefined && { agent }), chain, rejected, warnings: [] }, targets }
    },
  }
}

function embeddingTargets(
  model: string,
  { adapters, names }: { readonly adapters: readonly ProviderAdapter[]; readonly names: ModelNames },
): readonly Target[] {
  const embedding = adapters.filter((adapter) => adapter.embed !== undefined)
  const slash = model.indexOf('/')
  const named = slash > 0 && adapters.some(({ id }) => id === model.slice(0, slash))
  const [first] = embedding
  const asked = named || first === undefined ? model : `${first.id}/${model}`
  const resolution = named || first !== undefined ? names.resolve(asked) : undefined
  return resolution?.kind === 'targets' ? resolution.targets.filter(({ adapter }) => adapter.embed !== undefined) : []
}

/** How an embeddings call is made and what it costs. */
export function embedOperation(
  request: EmbeddingRequest,
  cost: (usage: Usage, target: Target) => Cost | null,
): Operation<OpenAI.CreateEmbeddingResponse> {
  return {
    run({ target }, call) {
      if (target.adapter.embed === undefined) throw new AttemptError('internal', `${target.provider} makes no embeddings.`)
      return target.adapter.embed({ ...call, request })
    },
    accepts: (answer) => typeof answer === 'object' && answer !== null && 'data' in answer && Array.isArray(answer.data),
    account({ usage }, { target }) {
      const counted: Usage | null = typeof usage?.prompt_tokens === 'number' ? { ...noTokens, input: usage.prompt_tokens } : null
      return {
        usage: counted,
        source: counted === null ? 'unknown' : 'provider',
        cost: counted === null ? null : cost(counted, target),
      }
    },
    unanswered: () => nothingSpent,
    model: ({ model }) => model,
  }
}

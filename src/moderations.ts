import type OpenAI from 'openai'
import { badRequest, jsonCopy } from './body.ts'
import type { ModerationRequest, ProviderAdapter, Support } from './contracts/adapter.ts'
import type { Call } from './call.ts'
import { RouterFault } from './errors.ts'
import { onlyFirst, operationPlan } from './operation-plan.ts'
import { candidatesFor, providersWith } from './operations.ts'
import type { OperationParts } from './operations.ts'
import type { Plan } from './plan.ts'
import type { Routing } from './plan-context.ts'
import type { Target } from './resolve.ts'
import type { Operation, Routed } from './route.ts'
import { route } from './route.ts'
import { nothingSpent } from './runtime.ts'

/** Makes one moderation call. */
export async function moderate(call: Call, parts: OperationParts): Promise<Routed<OpenAI.ModerationCreateResponse>> {
  const request = moderationRequest(call.body)
  call.access?.checkFields('moderations', request)
  const plan = (routing: Routing): Plan => moderationPlan(request, routing, parts)
  const journey = await parts.dispatcher.begin(call, {
    operation: 'moderations',
    model: request.model ?? 'default',
    plan,
    input: request.input,
  })
  return route(journey, moderateOperation(request))
}

/** @throws BadRequestError naming the field where the body's shape is wrong. */
function moderationRequest(body: unknown): ModerationRequest {
  const copy = jsonCopy(body)
  if (isModerationRequest(copy)) return copy
  const { model }: { readonly model?: unknown } = { ...(typeof copy === 'object' && copy) }
  if (!isModel(model)) throw badRequest('invalid_body', '`model` must be a non-empty string, or left out.', 'model')
  throw badRequest('invalid_body', 'A moderation body needs `input`: a string, or a non-empty list of strings or parts.', 'input')
}

function isModerationRequest(copy: unknown): copy is OpenAI.ModerationCreateParams {
  if (typeof copy !== 'object' || copy === null || !('input' in copy)) return false
  const { input, model }: { readonly input: unknown; readonly model?: unknown } = copy
  return isModel(model) && (typeof input === 'string' || isList(input, isText) || isList(input, isPart))
}

const isModel = (model: unknown): boolean => model === undefined || model === null || (typeof model === 'string' && model !== '')
const isText = (item: unknown): boolean => typeof item === 'string'
const isPart = (item: unknown): boolean => typeof item === 'object' && item !== null && 'type' in item

function isList(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isItem)
}

/**
 * One judge: the model that is named, or the first provider's own. Two judges' categories and scores mean different things,
 * so there is no going on to another.
 */
function moderationPlan(request: ModerationRequest, routing: Routing, parts: OperationParts): Plan {
  const able = providersWith('POST /moderations', {
    parts,
    owner: routing,
    has: (adapter) => adapter.moderate !== undefined,
    wanted: 'one that moderates',
  })
  const model = request.model ?? undefined
  const candidates = model === undefined ? judges(able, parts) : candidatesFor(model, parts, able[0])
  const supports = (target: Target): Support | undefined => supportOf(request, target)
  return onlyFirst(operationPlan({ requested: model ?? 'default', routing, candidates, lacksKey: parts.lacksKey, supports }))
}

function judges(able: readonly ProviderAdapter[], { names }: OperationParts): readonly Target[] {
  const found = able.flatMap(({ id, moderationModel }) => {
    const resolution = moderationModel === undefined ? undefined : names.resolve(`${id}/${moderationModel}`)
    return resolution?.kind === 'targets' ? resolution.targets : []
  })
  if (found.length > 0) return found
  throw badRequest('unsupported_parameter', 'No provider says which model moderates by default; name one.', 'model')
}

function supportOf(request: ModerationRequest, { adapter, provider, card, model }: Target): Support | undefined {
  if (adapter.moderate === undefined) return { level: 'no', field: 'model', reason: `${provider} has no moderation` }
  return adapter.supportsModeration?.(request, card, model)
}

function moderateOperation(request: ModerationRequest): Operation<OpenAI.ModerationCreateResponse> {
  return {
    run({ target }, call) {
      if (target.adapter.moderate === undefined) throw new RouterFault('internal', `${target.provider} has no moderation.`)
      return target.adapter.moderate({ ...call, request })
    },
    accepts: (answer) =>
      typeof answer === 'object' &&
      answer !== null &&
      'results' in answer &&
      Array.isArray(answer.results) &&
      answer.results.length > 0,
    // No vendor reports what it took.
    account: () => nothingSpent,
    unanswered: () => nothingSpent,
    model: ({ model }) => model,
  }
}

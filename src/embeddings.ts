import type OpenAI from 'openai'
import type { Accounts } from './accounts.ts'
import { badRequest, jsonCopy } from './body.ts'
import type { EmbeddingRequest, Support } from './contracts/adapter.ts'
import type { Call } from './call.ts'
import { RouterFault } from './errors.ts'
import { operationPlan } from './operation-plan.ts'
import { candidatesFor, providersWith } from './operations.ts'
import type { OperationParts } from './operations.ts'
import type { Plan } from './plan.ts'
import type { Routing } from './plan-context.ts'
import type { Target } from './resolve.ts'
import type { Quote } from './quotes.ts'
import type { Operation, Routed } from './route.ts'
import { route } from './route.ts'
import { nothingSpent } from './runtime.ts'

/** Makes one embeddings call. */
export async function embed(call: Call, parts: OperationParts): Promise<Routed<OpenAI.CreateEmbeddingResponse>> {
  const request = embeddingRequest(call.body)
  call.access?.checkFields('embeddings', request)
  const plan = (routing: Routing): Plan => embeddingPlan(request, routing, parts)
  const journey = await parts.dispatcher.begin(call, {
    operation: 'embeddings',
    model: request.model,
    plan,
    input: request.input,
    user: request.user,
    quote: quoteOf(request, parts.accounts),
  })
  return route(journey, embedOperation(request, parts.accounts))
}

/** Texts are estimated, tokens counted. */
function quoteOf({ input }: EmbeddingRequest, accounts: Accounts): Quote {
  const parts: readonly unknown[] = Array.isArray(input) ? input : [input]
  const texts = parts.filter((part) => typeof part === 'string')
  const tokens = parts.reduce<number>(
    (sum, part) => sum + (Array.isArray(part) ? part.length : typeof part === 'number' ? 1 : 0),
    0,
  )
  return accounts.promptQuote(texts, tokens)
}

/** @throws BadRequestError naming the field where the body's shape is wrong. */
function embeddingRequest(body: unknown): EmbeddingRequest {
  const copy = jsonCopy(body)
  if (!isEmbeddingRequest(copy)) throw badRequest('invalid_body', ...(faultOf(copy) ?? unknownFault))
  return copy
}

const unknownFault = ['An embeddings body needs `model` and `input`.', 'model'] as const

function isEmbeddingRequest(copy: unknown): copy is OpenAI.EmbeddingCreateParams {
  return faultOf(copy) === undefined
}

function faultOf(copy: unknown): readonly [message: string, field: string] | undefined {
  if (typeof copy !== 'object' || copy === null) return unknownFault
  const { model, input, dimensions, encoding_format: format }: { [field: string]: unknown } = { ...copy }
  if (typeof model !== 'string' || model === '') return ['An embeddings body needs `model`, a non-empty string.', 'model']
  if (!isInput(input)) return ['`input` must be a string, tokens, or a non-empty list of either.', 'input']
  if (isGiven(dimensions) && !(Number.isSafeInteger(dimensions) && Number(dimensions) > 0))
    return ['`dimensions` must be a whole number above 0.', 'dimensions']
  if (isGiven(format) && format !== 'float' && format !== 'base64')
    return ["`encoding_format` must be 'float' or 'base64'.", 'encoding_format']
  return undefined
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}

function isInput(input: unknown): boolean {
  if (typeof input === 'string') return true
  return Array.isArray(input) && input.length > 0 && (input.every(isText) || input.every(isToken) || input.every(isTokens))
}

const isText = (value: unknown): boolean => typeof value === 'string'
const isToken = (value: unknown): boolean => Number.isSafeInteger(value)
const isTokens = (value: unknown): boolean => Array.isArray(value) && value.length > 0 && value.every(isToken)

/**
 * A chain of one model, at whichever providers serve it: two models' vectors are not comparable, so there is no going on to
 * another. A bare name that the catalog does not know goes to the first provider that embeds.
 */
function embeddingPlan(request: EmbeddingRequest, routing: Routing, parts: OperationParts): Plan {
  const [first] = providersWith('POST /embeddings', {
    parts,
    owner: routing,
    has: (adapter) => adapter.embed !== undefined,
    wanted: 'one that embeds',
  })
  const { model } = request
  const candidates = candidatesFor(model, parts, first)
  const supports = (target: Target): Support | undefined => supportOf(request, target)
  return ofOneModel(operationPlan({ requested: model, routing, candidates, lacksKey: parts.lacksKey, supports }))
}

function supportOf(request: EmbeddingRequest, { adapter, provider, card, model }: Target): Support | undefined {
  if (adapter.embed === undefined) return { level: 'no', field: 'model', reason: `${provider} makes no embeddings` }
  return adapter.supportsEmbedding?.(request, card, model)
}

function ofOneModel({ decision, targets }: Plan): Plan {
  const [chosen] = targets
  const others = targets.filter(({ model }) => model !== chosen?.model)
  if (chosen === undefined || others.length === 0) return { decision, targets }
  const detail = `its vectors cannot be compared with those of ${chosen.id}`
  const rejected = others.map(({ id }) => ({
    target: id,
    reason: 'unsupported' as const,
    field: 'model',
    detail: `${id}: ${detail}`,
  }))
  const chain = decision.chain.filter(({ model }) => model === chosen.model)
  return {
    decision: { ...decision, chain, rejected: [...decision.rejected, ...rejected] },
    targets: targets.filter(({ model }) => model === chosen.model),
  }
}

function embedOperation(request: EmbeddingRequest, accounts: Accounts): Operation<OpenAI.CreateEmbeddingResponse> {
  return {
    run({ target }, call) {
      if (target.adapter.embed === undefined) throw new RouterFault('internal', `${target.provider} makes no embeddings.`)
      return target.adapter.embed({ ...call, request })
    },
    accepts: (answer) => typeof answer === 'object' && answer !== null && 'data' in answer && Array.isArray(answer.data),
    account: ({ usage }, { target }) => accounts.prompted(usage, target),
    unanswered: () => nothingSpent,
    model: ({ model }) => model,
  }
}

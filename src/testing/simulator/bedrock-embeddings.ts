import { at, isObject, listAt, numberAt, textAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { unitVector } from '../random.ts'
import { estimateTokens } from '../tokens.ts'
import { bedrockInvalid } from './bedrock-errors.ts'
import type { VendorError } from './dialect.ts'
import { silentTurn } from './turn.ts'
import type { Turn, WireRequest } from './turn.ts'

/** InvokeModel: a model in its maker's own words. The simulator knows those of embeddings. */
export function readInvoke({ method, path, body }: WireRequest): Turn | undefined {
  const [, name] = /^\/model\/([^/]+)\/invoke$/.exec(path) ?? []
  if (method !== 'POST' || name === undefined || !/embed/.test(name)) return undefined
  const fields = isObject(body) ? body : {}
  return {
    ...silentTurn,
    operation: 'embeddings',
    model: decodeURIComponent(name),
    body: fields,
    promptTokens: estimateTokens(fields),
  }
}

/** What the makers' models refuse. */
export function checkInvoke({ body, model }: Turn): VendorError | undefined {
  const wanted = /titan/.test(model)
    ? ['inputText']
    : /nova/.test(model)
      ? ['taskType', 'singleEmbeddingParams']
      : ['texts', 'input_type']
  const missing = wanted.find((field) => at(body, field) === undefined)
  if (missing !== undefined) return bedrockInvalid(`Malformed input request: #: required key [${missing}] not found`)
  const size = numberAt(body, 'dimensions')
  const isOdd = /titan-embed-text-v2/.test(model) && size !== undefined && ![256, 512, 1024].includes(size)
  return isOdd ? bedrockInvalid(`Malformed input request: #/dimensions: ${size} is not a valid enum value`) : undefined
}

/** Vectors that depend on nothing but the text. */
export function bedrockEmbeddings({ body, model, promptTokens }: Turn): unknown {
  if (/titan/.test(model))
    return { embedding: vectorOf(at(body, 'inputText'), numberAt(body, 'dimensions')), inputTextTokenCount: promptTokens }
  if (/nova/.test(model)) {
    const text = textAt(body, 'singleEmbeddingParams', 'text', 'value')
    const size = numberAt(body, 'singleEmbeddingParams', 'embeddingDimension')
    return { embeddings: [{ embeddingType: 'TEXT', embedding: vectorOf(text, size) }], inputTokenCount: promptTokens }
  }
  const vectors = listAt(body, 'texts').map((text) => vectorOf(text, numberAt(body, 'output_dimension')))
  const byType: JsonObject = { float: vectors }
  return { id: 'embed-simulated', embeddings: byType, response_type: 'embeddings_by_type', texts: listAt(body, 'texts') }
}

function vectorOf(text: unknown, size = 8): readonly number[] {
  return unitVector(JSON.stringify(text), size)
}

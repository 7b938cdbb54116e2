import type OpenAI from 'openai'
import type { EmbedCall, EmbeddingRequest } from '../../contracts/adapter.ts'
import { embeddingAnswer, embeddingTexts } from '../shared/embeddings.ts'
import { listOf, numberOf } from '../shared/guards.ts'
import { isObject, textOf, type JsonObject } from '../shared/json.ts'
import type { Notes } from '../shared/notes.ts'

/** The body of `POST /v1/embeddings`. */
export function embeddingBody(request: EmbeddingRequest, model: string, notes: Notes): JsonObject {
  const { texts, dimensions } = embeddingTexts(request, notes)
  notes.emulate()
  return { model, input: texts, encoding_format: 'base64_int8', ...(dimensions !== undefined && { dimensions }) }
}

/**
 * The answer in OpenAI's shape. The vectors are quantised, whole numbers from -128 to 127, and as the vendor says of no
 * certain length: they are to be compared by their cosine.
 */
export function embeddingsOf(body: JsonObject, call: EmbedCall): OpenAI.CreateEmbeddingResponse {
  const items = listOf(body['data']).filter(isObject)
  const placed = items.map(({ index, embedding }, position) => ({ index: numberOf(index) ?? position, vector: int8In(embedding) }))
  const usage = isObject(body['usage']) ? body['usage'] : {}
  return embeddingAnswer(call, {
    vectors: placed.toSorted((one, other) => one.index - other.index).map(({ vector }) => vector),
    model: textOf(body['model']),
    promptTokens: numberOf(usage['prompt_tokens']),
    usage: { ...(usage['cost'] !== undefined && { cost: usage['cost'] }) },
  })
}

function int8In(embedding: unknown): readonly number[] {
  return typeof embedding === 'string' ? Array.from(new Int8Array(Buffer.from(embedding, 'base64'))) : []
}

import type OpenAI from 'openai'
import type { EmbedCall, EmbeddingRequest } from '../../contracts/adapter.ts'
import { embeddingAnswer, embeddingTexts, numbersIn } from '../shared/embeddings.ts'
import { listOf, numberOf } from '../shared/guards.ts'
import { isObject, textOf, type JsonObject } from '../shared/json.ts'
import { translated, type Translation } from '../shared/translation.ts'

/** The body of `POST /v1/embeddings`. */
export function translateEmbedding(request: EmbeddingRequest, model: string, own: JsonObject = {}): Translation {
  return translated((notes) => {
    const { texts, dimensions } = embeddingTexts(request, notes)
    const input = typeof request.input === 'string' ? request.input : texts
    // docs.mistral.ai/studio/knowledge-rag/embeddings, 2026-11: only the code model's vectors can be shortened.
    return { model, input, ...(dimensions !== undefined && { output_dimension: dimensions }) }
  }, own)
}

/** The answer in OpenAI's shape. */
export function embeddings(body: JsonObject, call: EmbedCall): OpenAI.CreateEmbeddingResponse {
  const items = listOf(body['data']).filter(isObject)
  const placed = items.map((item, position) => ({
    index: numberOf(item['index']) ?? position,
    vector: numbersIn(item['embedding']),
  }))
  const { usage } = body
  return embeddingAnswer(call, {
    vectors: placed.toSorted((one, other) => one.index - other.index).map(({ vector }) => vector),
    model: textOf(body['model']),
    promptTokens: isObject(usage) ? numberOf(usage['prompt_tokens']) : undefined,
  })
}

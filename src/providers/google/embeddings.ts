import type OpenAI from 'openai'
import type { EmbedCall } from '../../contracts/adapter.ts'
import { embeddingAnswer, embeddingTexts, numbersIn, onlyText } from '../shared/embeddings.ts'
import { numberOf } from '../shared/guards.ts'
import { isObject } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import type { Notes } from '../shared/notes.ts'
import { objectsOf } from './turn.ts'
import type { Dialect, GenerateContent } from './wire.ts'

/** An embeddings request in the words of `embedContent`. */
export function toEmbedContent(
  { model, request, providerOptions }: Pick<EmbedCall, 'model' | 'request' | 'providerOptions'>,
  { backend, notes }: { readonly backend: Dialect['backend']; readonly notes: Notes },
): GenerateContent {
  const { texts, dimensions } = embeddingTexts(request, notes)
  // cloud.google.com/vertex-ai/generative-ai/docs/embeddings/get-text-embeddings, 2026-11; the older models take 250.
  if (backend === 'vertex' && model.includes('gemini-embedding')) onlyText(texts)
  return {
    model,
    // Whole contents: the SDK would make one content of several texts for some models.
    contents: texts.map((text) => ({ role: 'user', parts: [{ text }] })),
    config: { ...(dimensions === undefined ? {} : { outputDimensionality: dimensions }), ...providerOptions },
  }
}

/** The answer in OpenAI's shape, of the Gemini API (`embeddings`) or of either of Vertex's endpoints. */
export function toEmbeddings(body: JsonObject, call: EmbedCall): OpenAI.CreateEmbeddingResponse {
  const found = [
    ...objectsOf(body['embeddings']),
    ...objectsOf(body['predictions']).flatMap(({ embeddings }) => (isObject(embeddings) ? [embeddings] : [])),
    ...(isObject(body['embedding']) ? [body['embedding']] : []),
  ]
  const vectors = found.map(({ values }) => numbersIn(values))
  return embeddingAnswer(call, { vectors, promptTokens: tokensOf(body, found) })
}

function tokensOf({ usageMetadata }: JsonObject, embeddings: readonly JsonObject[]): number | undefined {
  const total = isObject(usageMetadata) ? numberOf(usageMetadata['promptTokenCount']) : undefined
  if (total !== undefined) return total
  const counts = embeddings.map(({ statistics }) => (isObject(statistics) ? statistics['token_count'] : undefined))
  return counts.reduce<number | undefined>(
    (sum, count) => (typeof count === 'number' && sum !== undefined ? sum + count : undefined),
    0,
  )
}

import type { EmbeddingRequest } from '../../contracts/adapter.ts'
import { embeddingTexts, numbersIn } from './embeddings.ts'
import { listOf } from './guards.ts'
import { isObject, type JsonObject } from './json.ts'
import { unsupported, type Notes } from './notes.ts'

/*
 * Cohere's embeddings, at Cohere and at AWS: docs.cohere.com/reference/embed and "Cohere Embed v4" in the Bedrock user guide,
 * read 2026-11.
 */

const mostTexts = 96

/**
 * The body without the model. What the texts are for has to be said, and OpenAI's requests do not say it: they count as
 * documents to be searched, unless `providerOptions` say `input_type: 'search_query'` or something else.
 */
export function cohereEmbeddingBody(request: EmbeddingRequest, model: string, notes: Notes): JsonObject {
  const { texts, dimensions } = embeddingTexts(request, notes)
  if (texts.length > mostTexts) throw unsupported('input', `this model takes ${mostTexts} texts a call; make several calls`)
  if (dimensions !== undefined && /-v[123](?!\d)/.test(model))
    throw unsupported('dimensions', 'the vectors of this model have a fixed length')
  return {
    texts,
    input_type: 'search_document',
    embedding_types: ['float'],
    ...(dimensions !== undefined && { output_dimension: dimensions }),
  }
}

/** The vectors of an answer, which come by type where types were asked for. */
export function cohereVectors({ embeddings }: JsonObject): readonly (readonly number[])[] {
  const lists = isObject(embeddings) ? (embeddings['float'] ?? Object.values(embeddings)[0]) : embeddings
  return listOf(lists).map(numbersIn)
}

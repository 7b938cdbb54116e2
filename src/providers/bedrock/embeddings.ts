import type OpenAI from 'openai'
import type { EmbedCall, EmbeddingRequest } from '../../contracts/adapter.ts'
import { cohereEmbeddingBody, cohereVectors } from '../shared/cohere-embeddings.ts'
import { embeddingAnswer, embeddingTexts, numbersIn, onlyText } from '../shared/embeddings.ts'
import { listOf, numberOf } from '../shared/guards.ts'
import { isObject, type JsonObject } from '../shared/json.ts'
import { unsupported, type Notes } from '../shared/notes.ts'

/** A maker's own format: InvokeModel has no common one. */
interface Format {
  readonly body: (request: EmbeddingRequest, notes: Notes, model: string) => JsonObject
  readonly vectors: (body: JsonObject) => readonly (readonly number[])[]
}

/** The first row that fits the model's id counts. Sources: the makers' pages in the Bedrock and Nova user guides, 2026-11. */
const formats: readonly (readonly [RegExp, Format])[] = [
  [/titan-embed-text-v2/, titan((inputText, dimensions) => ({ inputText, ...(dimensions !== undefined && { dimensions }) }))],
  [
    /titan-embed-image/,
    titan((inputText, dimensions) => ({
      inputText,
      ...(dimensions !== undefined && { embeddingConfig: { outputEmbeddingLength: dimensions } }),
    })),
  ],
  [/titan-embed/, titan(fixedLength)],
  [
    /nova.*embeddings/,
    {
      body(request, notes) {
        const { texts, dimensions } = embeddingTexts(request, notes)
        const text = { truncationMode: 'NONE', value: onlyText(texts) }
        const purpose = { embeddingPurpose: 'GENERIC_INDEX', ...(dimensions !== undefined && { embeddingDimension: dimensions }) }
        return { taskType: 'SINGLE_EMBEDDING', singleEmbeddingParams: { ...purpose, text } }
      },
      vectors: ({ embeddings }) =>
        listOf(embeddings)
          .filter(isObject)
          .map(({ embedding }) => numbersIn(embedding)),
    },
  ],
  [/cohere\.embed/, { body: (request, notes, model) => cohereEmbeddingBody(request, model, notes), vectors: cohereVectors }],
]

function titan(body: (text: string, dimensions: number | undefined) => JsonObject): Format {
  return {
    body(request, notes) {
      const { texts, dimensions } = embeddingTexts(request, notes)
      return body(onlyText(texts), dimensions)
    },
    vectors: ({ embedding }) => [numbersIn(embedding)],
  }
}

function fixedLength(inputText: string, dimensions: number | undefined): JsonObject {
  if (dimensions === undefined) return { inputText }
  throw unsupported('dimensions', 'the vectors of this model have a fixed length')
}

function formatOf(model: string): Format {
  const found = formats.find(([pattern]) => pattern.test(model.toLowerCase()))
  if (found !== undefined) return found[1]
  throw unsupported('model', 'of the models here those of Titan, Nova and Cohere that have "embed" in their ids make embeddings')
}

/** The body of InvokeModel. */
export function toInvokeEmbedding(request: EmbeddingRequest, model: string, notes: Notes): JsonObject {
  return formatOf(model).body(request, notes, model)
}

/** The answer in OpenAI's shape. Some makers count the tokens in the body; the service does so in the head. */
export function fromInvokeEmbedding(body: JsonObject, call: EmbedCall, headers: Headers): OpenAI.CreateEmbeddingResponse {
  const counted = numberOf(body['inputTextTokenCount']) ?? numberOf(body['inputTokenCount'])
  const head = headers.get('x-amzn-bedrock-input-token-count')
  const promptTokens = counted ?? (head === null || !/^\d+$/.test(head) ? undefined : Number(head))
  return embeddingAnswer(call, { vectors: formatOf(call.model).vectors(body), promptTokens })
}

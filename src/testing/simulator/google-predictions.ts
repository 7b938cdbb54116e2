import { at, listAt, numberAt, textAt } from '../json.ts'
import { unitVector } from '../random.ts'
import { estimateTokens } from '../tokens.ts'
import type { VendorError } from './dialect.ts'
import { googleError } from './google-errors.ts'
import { googleEmbeddings } from './google-answer.ts'
import type { Turn } from './turn.ts'

/** Vertex AI's `predict`, which makes the vectors of its embedding models, and `embedContent`. */
export function googleVectors(turn: Turn): unknown {
  const instances = listAt(turn.body, 'instances')
  if (instances.length === 0) return googleEmbeddings(turn)
  const size = numberAt(turn.body, 'parameters', 'outputDimensionality') ?? 8
  const predictions = instances.map((instance) => {
    const content = textAt(instance, 'content') ?? ''
    const statistics = { truncated: false, token_count: estimateTokens(content) }
    return { embeddings: { values: unitVector(JSON.stringify(content), size), statistics } }
  })
  return { predictions, metadata: { billableCharacterCount: JSON.stringify(instances).length } }
}

/** What `predict` refuses: texts that are none, and more than one for the models that take one. */
export function checkPrediction({ body, model }: Turn): VendorError | undefined {
  const instances = listAt(body, 'instances')
  if (instances.some((instance) => typeof at(instance, 'content') !== 'string'))
    return googleError(400, 'Invalid instance: the content of an instance must be a string.')
  if (model.includes('gemini-embedding') && instances.length > 1)
    return googleError(400, `${model} supports only one instance per request, got ${instances.length}.`)
  return undefined
}

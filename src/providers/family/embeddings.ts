import type OpenAI from 'openai'
import type { EmbedCall, EmbeddingRequest } from '../../contracts/adapter.ts'
import { AttemptError } from '../../errors.ts'
import { embeddingsOf } from '../openai/response.ts'
import { cohereEmbeddingBody, cohereVectors } from '../shared/cohere-embeddings.ts'
import { answerObject } from '../shared/completion.ts'
import { embeddingAnswer, inAskedEncoding } from '../shared/embeddings.ts'
import { numberOf } from '../shared/guards.ts'
import { isObject, type JsonObject } from '../shared/json.ts'
import { unsupported, type Notes } from '../shared/notes.ts'
import type { Profile } from './profile.ts'

/** How embeddings are asked for, and how the answer is read. */
export interface EmbeddingWire {
  readonly path: string
  readonly body: (
    request: EmbeddingRequest,
    asked: { readonly model: string; readonly profile: Profile; readonly notes: Notes },
  ) => JsonObject
  readonly answer: (text: string, asked: { readonly call: EmbedCall; readonly profile: Profile }) => OpenAI.CreateEmbeddingResponse
}

/** The wire formats of embeddings. */
export const embeddingWires: Readonly<Record<Profile['wire'], EmbeddingWire>> = {
  openai: {
    path: '/embeddings',
    body(request, { model, profile, notes }) {
      checkInput(request, profile)
      // Numbers are what every server gives; base64 is made of them here, exactly.
      const { encoding_format: _, ...fields } = request
      const body: Record<string, unknown> = { ...fields, model }
      if (isGiven(fields.user) && profile.dropParams.includes('user')) {
        notes.drop('user')
        delete body['user']
      }
      return body
    },
    answer: (text, { call, profile }) => inAskedEncoding(inOrder(embeddingsOf(text, profile)), call.request),
  },
  cohere: {
    path: '/embed',
    body: (request, { model, notes }) => ({ model, ...cohereEmbeddingBody(request, model, notes) }),
    answer(text, { call, profile }) {
      const body = answerObject(text, profile.refusals)
      const meta = isObject(body['meta']) ? body['meta'] : {}
      const units = isObject(meta['billed_units']) ? meta['billed_units'] : {}
      return embeddingAnswer(call, { vectors: cohereVectors(body), promptTokens: numberOf(units['input_tokens']) })
    },
  },
}

function checkInput({ input }: EmbeddingRequest, { embeddingInputs, embeddingTokens }: Profile): void {
  const first: unknown = typeof input === 'string' ? input : input[0]
  // A list of numbers is one input.
  const count = typeof input === 'string' || typeof first === 'number' ? 1 : input.length
  if (count > embeddingInputs) throw unsupported('input', `this server takes ${embeddingInputs} inputs a call; make several calls`)
  if (!embeddingTokens && typeof first !== 'string') throw unsupported('input', 'this server takes texts, not tokens')
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}

/** Some servers give the vectors in the order in which they were done. */
function inOrder(answer: OpenAI.CreateEmbeddingResponse): OpenAI.CreateEmbeddingResponse {
  if (answer.data.length === 0) throw new AttemptError('malformed', 'The answer has no embeddings in `data`.')
  const data = answer.data.map((item, position) => ({ ...item, index: item.index ?? position }))
  return { ...answer, data: data.toSorted((one, other) => one.index - other.index) }
}

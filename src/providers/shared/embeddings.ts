import type OpenAI from 'openai'
import type { EmbedCall, EmbeddingRequest, Support } from '../../contracts/adapter.ts'
import { AttemptError } from '../../errors.ts'
import { supportOf, takeNotes, unsupported, type Notes } from './notes.ts'

type Answer = OpenAI.CreateEmbeddingResponse

/** What every vendor makes of an embeddings request that does not take it as it is. */
export interface EmbeddingTexts {
  readonly texts: readonly string[]
  readonly dimensions: number | undefined
}

/**
 * The texts of a request, for a vendor that takes nothing but texts. Fields that only tune, and those that nobody knows, are
 * noted as left out.
 */
export function embeddingTexts(request: EmbeddingRequest, notes: Notes): EmbeddingTexts {
  const { input, dimensions } = request
  for (const [field, value] of Object.entries(request)) {
    if (value !== undefined && value !== null && !translated.has(field)) notes.drop(field)
  }
  const inputs: readonly unknown[] = typeof input === 'string' ? [input] : input
  const texts = inputs.filter((item) => typeof item === 'string')
  if (texts.length < inputs.length)
    throw unsupported('input', "this provider takes texts; tokens are those of another vendor's models")
  return { texts, dimensions: dimensions ?? undefined }
}

/** The text of a request to a model that takes one a call. */
export function onlyText(texts: readonly string[]): string {
  const [text, second] = texts
  if (text !== undefined && second === undefined) return text
  throw unsupported('input', 'this model takes one text a call; make a call for each')
}

const translated: ReadonlySet<string> = new Set(['model', 'input', 'dimensions', 'encoding_format'])

/** What a translation of a request, tried without sending it, says of it. */
export function embeddingSupport(translate: (notes: Notes) => unknown): Support {
  return supportOf(() => {
    const notes = takeNotes()
    translate(notes)
    return notes
  })
}

/** What a vendor has answered. */
export interface Vectors {
  /** In the order of the inputs. */
  readonly vectors: readonly (readonly number[])[]
  readonly model?: string | undefined
  readonly promptTokens: number | undefined
  /** Fields of the usage beyond OpenAI's. */
  readonly usage?: object
}

/** The answer in OpenAI's shape, numbers or base64 as asked. There has to be one vector for each input, and none empty. */
export function embeddingAnswer({ model, request }: EmbedCall, { vectors, model: served, promptTokens, usage }: Vectors): Answer {
  const asked = typeof request.input === 'string' ? 1 : request.input.length
  if (vectors.length !== asked || vectors.some(({ length }) => length === 0))
    throw new AttemptError('malformed', `The answer has ${vectors.length} embeddings for ${asked} inputs.`)
  const data = vectors.map((vector, index) => ({ object: 'embedding' as const, index, embedding: [...vector] }))
  const answer = { object: 'list' as const, model: served ?? model, data, usage: usageOf(promptTokens, usage) }
  return inAskedEncoding(answer, request)
}

/** An answer of numbers, as base64 where that was asked for. */
export function inAskedEncoding(answer: Answer, { encoding_format: format }: EmbeddingRequest): Answer {
  return format === 'base64' ? encoded(answer) : answer
}

/** Counts that nobody gave are left out, although OpenAI's types know none such: 0 would be taken for free. */
function usageOf(tokens: number | undefined, more: object = {}): Answer['usage'] {
  const usage = { prompt_tokens: tokens ?? 0, total_tokens: tokens ?? 0, ...more }
  if (tokens === undefined) for (const field of ['prompt_tokens', 'total_tokens']) Reflect.deleteProperty(usage, field)
  return usage
}

/** What `encoding_format: 'base64'` means: little-endian 32-bit floats. OpenAI's types know the numbers only. */
function encoded(answer: Answer): Answer {
  const data = answer.data.map((item) => {
    // What is a string already is that.
    if (!Array.isArray(item.embedding)) return item
    const bytes = Buffer.alloc(item.embedding.length * 4)
    for (const [index, value] of item.embedding.entries()) bytes.writeFloatLE(value, index * 4)
    return Object.defineProperty({ ...item }, 'embedding', { value: bytes.toString('base64'), enumerable: true })
  })
  return { ...answer, data }
}

/** The numbers in a list, nothing else. */
export function numbersIn(values: unknown): readonly number[] {
  return Array.isArray(values) ? values.filter((value): value is number => typeof value === 'number') : []
}

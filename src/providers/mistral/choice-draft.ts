import type OpenAI from 'openai'
import type { ChatCompletionChunk, ProviderState } from '../../contracts/chat.ts'
import { ChunkBuilder, type ChunkHead } from '../shared/chunks.ts'
import { isObject, type JsonObject } from '../shared/json.ts'
import { annotationsOf, type Annotation } from './annotations.ts'
import { calledOf, finishReason, givenId, isLegacy, type AnswerStyle } from './answer.ts'
import { ContentReader } from './content.ts'
import { listOf, numberOf } from '../shared/guards.ts'
import { stateOf } from './state.ts'
import { newToolId } from './tool-ids.ts'

type Out = ChatCompletionChunk[]

/** OpenAI's delta with what belongs to a whole message. */
type Delta = OpenAI.ChatCompletionChunk.Choice.Delta & { annotations?: Annotation[]; provider_state?: ProviderState }

interface CallDraft {
  /** Its place among all calls. */
  readonly key: number
  readonly id: string | undefined
}

/** One choice of a streamed answer. */
export class ChoiceDraft {
  finished = false
  readonly #builder: ChunkBuilder
  readonly #model: string
  readonly #style: AnswerStyle
  readonly #content = new ContentReader()
  /** The latest call under each of the vendor's indexes. */
  readonly #calls = new Map<number, CallDraft>()
  #count = 0
  #begun = false
  #legacyJson = ''

  constructor(index: number, head: ChunkHead, style: AnswerStyle) {
    this.#builder = new ChunkBuilder(head, index)
    this.#model = head.model
    this.#style = style
  }

  read(choice: JsonObject, out: Out): void {
    if (this.finished) return
    if (!this.#begun) out.push(this.#builder.role())
    this.#begun = true
    // A whole message stands where a server did not stream.
    const delta = choice['delta'] ?? choice['message']
    if (isObject(delta)) this.#grow(delta, out)
    const finish = choice['finish_reason']
    if (typeof finish === 'string' && finish !== '') this.#finish(finish, out)
  }

  #grow({ content, tool_calls: calls }: JsonObject, out: Out): void {
    const { text, reasoning } = this.#content.take(content)
    if (reasoning !== '') out.push(this.#builder.reasoning(reasoning))
    if (text !== '') out.push(this.#builder.text(text))
    const seen = new Set<number>()
    for (const [position, call] of listOf(calls).entries()) {
      if (!isObject(call)) continue
      const index = numberOf(call['index']) ?? position
      this.#call(call, { index, repeated: seen.has(index) }, out)
      seen.add(index)
    }
  }

  /**
   * The vendor sends each call whole. Servers that speak its format send arguments in pieces, leave ids out, or give every
   * call the same index: another id, or without one another name, begins another call.
   */
  #call(call: JsonObject, { index, repeated }: { readonly index: number; readonly repeated: boolean }, out: Out): void {
    const id = givenId(call['id'])
    const { name, json } = calledOf(call)
    const known = repeated ? undefined : this.#calls.get(index)
    const continued = known !== undefined && (id === undefined ? name === '' : id === known.id)
    const draft = continued ? known : { key: this.#count, id }
    if (!continued) {
      this.#calls.set(index, draft)
      this.#count += 1
    }
    if (isLegacy(this.#style)) this.#functionCall(draft, { name: continued ? undefined : name, json }, out)
    else this.#toolCall(draft, { name: continued ? undefined : name, json }, out)
  }

  #toolCall({ key, id }: CallDraft, { name, json }: { readonly name: string | undefined; readonly json: string }, out: Out): void {
    if (name !== undefined) out.push(this.#builder.toolCall(key, { id: id ?? newToolId(), name }))
    const chunk = this.#builder.toolArguments(key, json)
    if (chunk !== undefined) out.push(chunk)
  }

  /** Of old there was one call to an answer. */
  #functionCall({ key }: CallDraft, { name, json }: { readonly name: string | undefined; readonly json: string }, out: Out): void {
    if (key > 0) return
    if (name !== undefined) out.push(this.#builder.delta({ function_call: { name, arguments: '' } }))
    this.#legacyJson += json
    if (json !== '') out.push(this.#builder.delta({ function_call: { arguments: json } }))
  }

  #finish(word: string, out: Out): void {
    const legacy = isLegacy(this.#style)
    const reason = finishReason(word, this.#count === 0 ? 'none' : legacy ? 'function' : 'tools')
    if (legacy && this.#count > 0 && this.#legacyJson === '') out.push(this.#builder.delta({ function_call: { arguments: '{}' } }))
    for (let key = 0; key < this.#count; key += 1) {
      const last = this.#builder.toolEnd(key)
      if (last !== undefined) out.push(last)
    }
    out.push(this.#builder.delta(this.#extras(), reason))
    this.finished = true
  }

  #extras(): Delta {
    const annotations = annotationsOf(this.#content.references, this.#style.request.messages)
    const state = stateOf(this.#content.chunks, { owner: this.#style.owner, model: this.#model })
    return { ...(annotations.length > 0 && { annotations }), ...(state !== undefined && { provider_state: state }) }
  }
}

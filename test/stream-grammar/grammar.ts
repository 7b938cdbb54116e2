import type OpenAI from 'openai'

type Chunk = OpenAI.ChatCompletionChunk
type ToolDelta = NonNullable<Chunk['choices'][number]['delta']['tool_calls']>[number]

/** A function call, put together from its deltas. */
export interface HeardCall {
  readonly id: string
  readonly name: string
  readonly arguments: string
}

/** What a choice said, put together from its deltas. */
export interface Heard {
  readonly content: string
  readonly reasoning: string
  readonly refusal: string
  readonly calls: readonly HeardCall[]
  readonly finish: string
}

/**
 * The grammar of OpenAI's streams as a machine of its own: it knows nothing of how chunks are made. Every violation throws
 * with the position of the chunk.
 *
 * stream := (role(i) | said(i) | finish(i))* usage?, where for each choice i: role said* finish
 */
export class Grammar {
  readonly #wantsUsage: boolean
  readonly #choices = new Map<number, Choice>()
  #head: string | undefined
  #count = 0
  #usage: OpenAI.CompletionUsage | undefined

  constructor({ usage }: { readonly usage: boolean }) {
    this.#wantsUsage = usage
  }

  read(chunk: Chunk): void {
    const { id, object, created, model } = chunk
    this.#demand(object === 'chat.completion.chunk', `object is ${object}`)
    this.#demand(id !== '' && model !== '' && Number.isInteger(created), 'id, created and model are there')
    const head = JSON.stringify([id, created, model])
    this.#demand(head === (this.#head ??= head), `id, created and model are ${head}, and were ${this.#head}`)
    this.#demand(this.#usage === undefined, 'nothing comes after the usage')
    if (chunk.choices.length === 0) this.#close(chunk)
    else this.#demand((chunk.usage ?? null) === null, 'usage comes in a chunk of its own')
    for (const choice of chunk.choices) this.#hear(choice)
    this.#count += 1
  }

  /** What was said, by choice. Throws where the stream must not end here. */
  end(): readonly Heard[] {
    this.#demand(this.#choices.size > 0, 'a stream says something')
    this.#demand(
      this.#wantsUsage === (this.#usage !== undefined),
      this.#wantsUsage ? 'usage is missing' : 'usage was not asked for',
    )
    const heard = [...this.#choices].toSorted(([one], [other]) => one - other)
    this.#demand(
      heard.every(([index], position) => index === position),
      'choices are numbered from 0',
    )
    return heard.map(([, choice]) => {
      this.#demand(choice.finish !== undefined, 'a choice without a finish reason')
      return choice.heard()
    })
  }

  #close({ usage }: Chunk): void {
    this.#demand(usage !== null && usage !== undefined, 'a chunk without choices carries the usage')
    this.#demand(
      [...this.#choices.values()].every(({ finish }) => finish !== undefined),
      'usage comes after every finish',
    )
    this.#usage = usage ?? undefined
  }

  #hear({ index, delta, finish_reason: finish }: Chunk['choices'][number]): void {
    const known = this.#choices.get(index)
    const choice = known ?? new Choice((rule, broken) => this.#demand(rule, broken))
    if (known === undefined) this.#choices.set(index, choice)
    this.#demand(choice.finish === undefined, 'a choice says nothing after its finish reason')
    this.#demand((known === undefined) === (delta.role !== undefined), 'the first delta of a choice, and no other, has the role')
    choice.say(delta)
    if (finish !== null && finish !== undefined) choice.finish = finish
  }

  #demand(rule: boolean, broken: string): void {
    if (!rule) throw new Error(`chunk ${this.#count}: ${broken}`)
  }
}

/** One choice in the making. */
class Choice {
  finish: string | undefined
  readonly #demand: (rule: boolean, broken: string) => void
  #content = ''
  #reasoning = ''
  #refusal = ''
  readonly #calls: { id: string; name: string; arguments: string }[] = []

  constructor(demand: (rule: boolean, broken: string) => void) {
    this.#demand = demand
  }

  say(delta: Chunk['choices'][number]['delta']): void {
    this.#demand(delta.role === undefined || delta.role === 'assistant', `role is ${delta.role}`)
    this.#content += delta.content ?? ''
    this.#refusal += delta.refusal ?? ''
    this.#reasoning += 'reasoning_content' in delta && typeof delta.reasoning_content === 'string' ? delta.reasoning_content : ''
    for (const call of delta.tool_calls ?? []) this.#call(call)
  }

  heard(): Heard {
    for (const { arguments: json } of this.#calls) this.#demand(isJson(json), `arguments are no JSON: ${json}`)
    const ids = new Set(this.#calls.map(({ id }) => id))
    this.#demand(ids.size === this.#calls.length, 'calls have ids of their own')
    return {
      content: this.#content,
      reasoning: this.#reasoning,
      refusal: this.#refusal,
      calls: this.#calls,
      finish: this.finish ?? '',
    }
  }

  #call(delta: ToolDelta): void {
    const known = this.#calls[delta.index]
    if (known === undefined) return this.#begin(delta)
    const said = [delta.id, delta.type, delta.function?.name]
    this.#demand(
      said.every((part) => part === undefined),
      'id, type and name come once',
    )
    known.arguments += delta.function?.arguments ?? ''
  }

  #begin({ index, id = '', type, function: { name = '', arguments: json = '' } = {} }: ToolDelta): void {
    this.#demand(index === this.#calls.length, `calls are numbered as they appear, got ${index} after ${this.#calls.length}`)
    this.#demand(id !== '' && name !== '' && type === 'function', 'a call begins with id, type and name')
    this.#calls.push({ id, name, arguments: json })
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

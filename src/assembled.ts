import type { ChatCompletion, ChatCompletionChunk } from './contracts/chat.ts'

type Choice = ChatCompletion['choices'][number]
type ToolCall = Extract<NonNullable<Choice['message']['tool_calls']>[number], { readonly type: 'function' }>
type ChunkChoice = ChatCompletionChunk['choices'][number]

/** What has come of one choice. */
interface Draft {
  content: string | null
  refusal: string | null
  /** Fields beyond these. */
  readonly others: Map<string, unknown>
  finish: Choice['finish_reason']
  readonly calls: Map<number, ToolCall>
}

/** A whole stream's chunks as the answer that they are the pieces of. The chunks stay as they are. */
export function assembled(chunks: readonly ChatCompletionChunk[]): ChatCompletion {
  const assembly = new Assembly()
  let usage: ChatCompletion['usage']
  for (const chunk of chunks) {
    usage = chunk.usage ?? usage
    assembly.add(chunk)
  }
  const { id = '', created = 0, model = '' } = chunks[0] ?? {}
  return { id, created, model, object: 'chat.completion', choices: assembly.choices, ...(usage !== undefined && { usage }) }
}

/** What has come of an answer by now. */
export class Assembly {
  readonly #drafts = new Map<number, Draft>()

  add({ choices }: ChatCompletionChunk): void {
    for (const choice of choices) add(this.#drafts, choice)
  }

  get choices(): Choice[] {
    return [...this.#drafts].toSorted(([one], [other]) => one - other).map(([index, draft]) => choiceOf(index, draft))
  }

  get messages(): readonly Choice['message'][] {
    return this.choices.map(({ message }) => message)
  }
}

function add(drafts: Map<number, Draft>, { index, delta, finish_reason }: ChunkChoice): void {
  const draft: Draft = drafts.get(index) ?? { content: null, refusal: null, others: new Map(), finish: 'stop', calls: new Map() }
  drafts.set(index, draft)
  const { content, refusal, tool_calls: calls, ...others } = delta
  if (typeof content === 'string') draft.content = (draft.content ?? '') + content
  if (typeof refusal === 'string') draft.refusal = (draft.refusal ?? '') + refusal
  for (const call of calls ?? []) draft.calls.set(call.index, grown(draft.calls.get(call.index), call))
  for (const [field, value] of Object.entries(others)) draft.others.set(field, joined(draft.others.get(field), value))
  draft.finish = finish_reason ?? draft.finish
}

type CallDelta = NonNullable<ChunkChoice['delta']['tool_calls']>[number]

function grown(begun: ToolCall | undefined, { id, function: part }: CallDelta): ToolCall {
  const { name = '', arguments: before = '' } = begun?.function ?? {}
  return {
    id: id ?? begun?.id ?? '',
    type: 'function',
    function: { name: part?.name ?? name, arguments: before + (part?.arguments ?? '') },
  }
}

/** Texts grow; of anything else the latest stands. */
function joined(before: unknown, value: unknown): unknown {
  return typeof value === 'string' && typeof before === 'string' ? before + value : (value ?? before)
}

function choiceOf(index: number, { content, refusal, others, finish, calls }: Draft): Choice {
  const whole = [...calls].toSorted(([one], [other]) => one - other).map(([, call]) => call)
  return {
    index,
    finish_reason: finish,
    logprobs: null,
    message: { ...Object.fromEntries(others), role: 'assistant', content, refusal, ...(whole.length > 0 && { tool_calls: whole }) },
  }
}

import type { ChatCompletionChunk, ChatRequest } from './contracts/chat.ts'
import { ModelyardError } from './errors.ts'

/**
 * The chunk that says that everything before it is void and the answer begins anew, as `afterCommit: 'restart'` sends it. It
 * has no content. Whoever puts answers together as the OpenAI client's helpers do, by laying what a choice brings over what
 * there is, begins anew by the empty `message` of each choice.
 */
export interface RestartChunk extends ChatCompletionChunk {
  readonly modelyard: { readonly event: 'restart' }
}

/** The mark before the answer that `first` begins. */
export function restartChunk({ id, created, model }: ChatCompletionChunk, choices: number): RestartChunk {
  return {
    id,
    object: 'chat.completion.chunk',
    created,
    model,
    choices: Array.from({ length: choices }, (_, index) => {
      const message = { role: 'assistant', content: null, refusal: null }
      return { index, delta: {}, finish_reason: null, message }
    }),
    modelyard: { event: 'restart' },
  }
}

/** Whether everything before this chunk is void: the stream broke, and the next chunks are another answer from its start. */
export function isRestart(chunk: ChatCompletionChunk): chunk is RestartChunk {
  if (!('modelyard' in chunk)) return false
  const { modelyard } = chunk
  return typeof modelyard === 'object' && modelyard !== null && 'event' in modelyard && modelyard.event === 'restart'
}

/**
 * Why the helpers `stream()` and `runTools()` of the OpenAI client cannot be used with restarts: they put the pieces of tool
 * calls and log probabilities together where nobody can void them, and their events have been told. Nothing where they can.
 */
export function restartFault({ tools, functions, logprobs }: ChatRequest): ModelyardError | undefined {
  const field =
    tools !== undefined ? '`tools`' : functions !== undefined ? '`functions`' : logprobs === true ? '`logprobs`' : undefined
  if (field === undefined) return undefined
  return new ModelyardError(
    'BAD_OPTION',
    `afterCommit: 'restart' cannot be used with ${field} in stream() and runTools(), which could not void what they have put together; choose 'buffer', or read create({ stream: true }) and look for isRestart(chunk).`,
    { field: 'afterCommit' },
  )
}

/**
 * The text of a stream's first choice, without what a restart has made void. `onText` is told the text so far, whenever it
 * has changed; after a restart it begins anew.
 *
 * @throws whatever ends the stream.
 */
export async function textOf(chunks: AsyncIterable<ChatCompletionChunk>, onText?: (text: string) => void): Promise<string> {
  let text = ''
  for await (const chunk of chunks) {
    const content = chunk.choices.find(({ index }) => index === 0)?.delta.content ?? ''
    if (isRestart(chunk)) text = ''
    else if (content === '') continue
    else text += content
    onText?.(text)
  }
  return text
}

import fc from 'fast-check'
import { ChatCompletionStream } from 'openai/lib/ChatCompletionStream'
import { describe, expect, it } from 'vitest'
import type { ChatCompletion, ChatCompletionChunk } from '../../src/contracts/chat.ts'
import { AttemptError } from '../../src/errors.ts'
import { chunksOfCompletion } from '../../src/providers/shared/whole-chunks.ts'

async function accumulated(chunks: readonly ChatCompletionChunk[]): Promise<ChatCompletion> {
  const lines = chunks.map((each) => `${JSON.stringify(each)}\n`).join('')
  return ChatCompletionStream.fromReadableStream(new Blob([lines]).stream()).finalChatCompletion()
}

type Choice = ChatCompletion['choices'][number]

function completion(choices: readonly Choice[], more: object = {}): ChatCompletion {
  return { id: 'c', object: 'chat.completion', created: 1, model: 'm', choices: [...choices], ...more }
}

const word = fc.string({ minLength: 1, maxLength: 12 })
const call = fc.record({ id: word, name: word, arguments: fc.constantFrom('{}', '{"a":1}') })
const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }

const choice = fc
  .record({
    content: fc.option(word),
    refusal: fc.option(word),
    thoughts: fc.option(word),
    calls: fc.array(call, { maxLength: 3 }),
    finish: fc.constantFrom('stop' as const, 'length' as const, 'content_filter' as const),
    hasState: fc.boolean(),
  })
  .map(({ content, refusal, thoughts, calls, finish, hasState }) => ({
    message: {
      role: 'assistant' as const,
      content,
      refusal,
      ...(thoughts !== null && { reasoning_content: thoughts }),
      ...(calls.length > 0 && {
        tool_calls: calls.map(({ id, ...called }) => ({ id, type: 'function' as const, function: called })),
      }),
      ...(hasState && { provider_state: { v: 1, provider: 'p', model: 'm', blocks: [{ signature: 's' }] } }),
    },
    logprobs: null,
    finish_reason: calls.length > 0 && finish === 'stop' ? ('tool_calls' as const) : finish,
  }))

/** What of a message is put together from deltas: the client has `null` or nothing where there were none. */
function spoken({ content, refusal, tool_calls, provider_state }: Partial<Spoken> = {}): Partial<Spoken> {
  return {
    ...(content && { content }),
    ...(refusal && { refusal }),
    ...(tool_calls !== undefined && { tool_calls }),
    ...(provider_state !== undefined && { provider_state }),
  }
}

type Spoken = ChatCompletion['choices'][number]['message'] & { provider_state: object | undefined }

describe('a complete answer as chunks', () => {
  it('is put together again to the same answer, by the OpenAI client itself', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(choice, { minLength: 1, maxLength: 3 }), fc.boolean(), async (choices, hasUsage) => {
        const answer = completion(
          choices.map((each, index) => ({ ...each, index })),
          hasUsage ? { usage } : {},
        )
        const chunks = chunksOfCompletion(answer)
        const { choices: again, usage: counted } = await accumulated(chunks)
        expect(counted).toEqual(hasUsage ? usage : undefined)
        expect(again.map(({ finish_reason }) => finish_reason)).toEqual(choices.map(({ finish_reason }) => finish_reason))
        for (const [index, { message }] of again.entries()) expect(message).toMatchObject(spoken(choices[index]?.message))
      }),
    )
  })

  it('keeps the grammar: the role first and alone, one finish reason a choice, usage last', () => {
    fc.assert(
      fc.property(choice, (only) => {
        const chunks = chunksOfCompletion(completion([{ ...only, index: 0 }], { usage, service_tier: 'default' }))
        expect(chunks[0]?.choices).toEqual([
          { index: 0, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null },
        ])
        expect(chunks.at(-1)).toMatchObject({ choices: [], usage, service_tier: 'default' })
        const reasons = chunks.slice(0, -1).map(({ choices }) => choices[0]?.finish_reason)
        expect(reasons.filter((reason) => reason !== null)).toHaveLength(1)
        expect(reasons.at(-1)).toBe(only.finish_reason)
        const thoughts = chunks.flatMap(({ choices }) =>
          choices.map(({ delta }): unknown => Reflect.get(delta, 'reasoning_content')),
        )
        const sent = 'reasoning_content' in only.message ? [only.message.reasoning_content] : []
        expect(thoughts.filter((each) => each !== undefined)).toEqual(sent)
      }),
    )
  })

  it('gives the older function call, and refuses the calls that chunks have no shape for', () => {
    const called = { name: 'f', arguments: '{"a":1}' }
    const older = { role: 'assistant' as const, content: null, refusal: null, function_call: called }
    const [, delta] = chunksOfCompletion(completion([{ index: 0, message: older, logprobs: null, finish_reason: 'function_call' }]))
    expect(delta?.choices[0]?.delta).toEqual({ function_call: called })
    const custom = {
      ...older,
      function_call: null,
      tool_calls: [{ id: 'c', type: 'custom' as const, custom: { name: 'f', input: 'x' } }],
    }
    const chunksOfCustom = () =>
      chunksOfCompletion(completion([{ index: 0, message: custom, logprobs: null, finish_reason: 'tool_calls' }]))
    expect(chunksOfCustom).toThrow(AttemptError)
  })

  it('keeps the probabilities of its words with its words', () => {
    const logprobs = { content: [{ token: 'a', bytes: [97], logprob: -1, top_logprobs: [] }], refusal: null }
    const message = { role: 'assistant' as const, content: 'a', refusal: null }
    const chunks = chunksOfCompletion(completion([{ index: 0, message, logprobs, finish_reason: 'stop' }]))
    expect(chunks.map(({ choices }) => choices[0]?.logprobs)).toEqual([null, logprobs, null])
  })
})

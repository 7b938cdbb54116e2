import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf16Range } from '../../src/providers/google/annotations.ts'
import { completionOf, kindOf, says } from './google-fixtures.ts'

const tools = [{ type: 'function' as const, function: { name: 'f' } }]
const choiceOf = async (body: unknown, request: Parameters<typeof completionOf>[1] = {}) =>
  (await completionOf(body, request)).choices[0]

describe('Google: answers', () => {
  it('have the shape of a chat completion, by the model that really answered', async () => {
    const answer = await completionOf(says([{ text: 'Hello ' }, { text: 'there' }]))
    expect(answer).toMatchObject({ id: 'response-1', object: 'chat.completion', model: 'gemini-3-flash' })
    expect(answer.choices).toEqual([
      { index: 0, finish_reason: 'stop', logprobs: null, message: { role: 'assistant', content: 'Hello there', refusal: null } },
    ])
    expect(answer.created).toBeGreaterThan(1_700_000_000)
  })

  it('keep thoughts, pictures and sound apart from the text', async () => {
    const parts = [
      { text: 'Hm.', thought: true },
      { text: 'Look' },
      { inlineData: { mimeType: 'image/png', data: 'aGk=' } },
      { inlineData: { mimeType: 'audio/wav', data: 'AAAA' } },
    ]
    expect((await choiceOf(says(parts)))?.message).toMatchObject({
      content: 'Look',
      reasoning_content: 'Hm.',
      images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=' } }],
      audio: { data: 'AAAA' },
    })
  })

  it('give each call an id of its own and the arguments as JSON', async () => {
    const parts = [
      { functionCall: { name: 'f' } },
      { functionCall: { name: 'f', id: 'x', args: { a: 1 } } },
      { functionCall: { name: 'f', id: 'x', args: {} } },
    ]
    const choice = await choiceOf(says(parts), { tools })
    expect(choice?.finish_reason).toBe('tool_calls')
    expect(choice?.message).toMatchObject({
      content: null,
      tool_calls: [
        { type: 'function', function: { name: 'f', arguments: '{}' } },
        { id: 'x', function: { arguments: '{"a":1}' } },
        {},
      ],
    })
    expect(new Set(choice?.message.tool_calls?.map(({ id }) => id)).size).toBe(3)
  })

  it("give the caller's own name of a function back", async () => {
    const choice = await choiceOf(says([{ functionCall: { name: '_3d' } }]), {
      tools: [{ type: 'function', function: { name: '3d' } }],
    })
    expect(choice?.message.tool_calls?.[0]).toMatchObject({ function: { name: '3d' } })
  })

  it('keep every candidate', async () => {
    const candidates = ['a', 'b'].map((text) => ({ content: { role: 'model', parts: [{ text }] }, finishReason: 'STOP' }))
    const { choices } = await completionOf({ candidates })
    expect(choices.map(({ index, message }) => [index, message.content])).toEqual([
      [0, 'a'],
      [1, 'b'],
    ])
  })

  it.each([
    ['STOP', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['CONTINUATION', 'length'],
    ['OTHER', 'stop'],
    ['SOMETHING_NEW', 'stop'],
    ['SAFETY', 'content_filter'],
    ['RECITATION', 'content_filter'],
    ['PROHIBITED_CONTENT', 'content_filter'],
    ['IMAGE_SAFETY', 'content_filter'],
    ['MODEL_ARMOR', 'content_filter'],
  ])('that end with %s end with %s', async (finishReason, expected) => {
    expect((await choiceOf(says([{ text: 'x' }], { finishReason })))?.finish_reason).toBe(expected)
  })

  it.each(['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'TOO_MANY_TOOL_CALLS', 'MALFORMED_RESPONSE'])(
    'that end with %s are a fault of the server',
    async (finishReason) => {
      expect(await kindOf(completionOf(says([], { finishReason })))).toBe('server')
    },
  )

  it('to a blocked prompt are an answer with the reason as refusal', async () => {
    const answer = await completionOf({
      promptFeedback: { blockReason: 'PROHIBITED_CONTENT' },
      usageMetadata: { promptTokenCount: 4, totalTokenCount: 4 },
    })
    expect(answer.choices).toEqual([
      {
        index: 0,
        finish_reason: 'content_filter',
        logprobs: null,
        message: { role: 'assistant', content: null, refusal: 'The prompt was blocked: PROHIBITED_CONTENT' },
      },
    ])
    expect(answer.usage?.prompt_tokens).toBe(4)
  })

  it('that were withheld say why', async () => {
    const choice = await choiceOf({ candidates: [{ finishReason: 'SAFETY', finishMessage: 'Not this.' }] })
    expect(choice).toMatchObject({ finish_reason: 'content_filter', message: { content: null, refusal: 'Not this.' } })
  })

  it.each([
    ['an empty object', {}],
    ['no candidates and no reason', { candidates: [] }],
    ['a list', []],
    ['null', null],
    ['an error with status 200', { error: { code: 503, message: 'overloaded', status: 'UNAVAILABLE' } }],
  ])('that are none are malformed: %s', async (_name, body) => {
    expect(await kindOf(completionOf(body))).toBe('malformed')
  })
})

describe('Google: usage', () => {
  it('counts tool prompts as input and thoughts as output, and keeps the parts apart', async () => {
    const usageMetadata = {
      promptTokenCount: 100,
      toolUsePromptTokenCount: 20,
      cachedContentTokenCount: 30,
      candidatesTokenCount: 10,
      thoughtsTokenCount: 5,
      totalTokenCount: 135,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 60 },
        { modality: 'AUDIO', tokenCount: 40 },
      ],
      serviceTier: 'flex',
    }
    const { usage, service_tier } = await completionOf({ ...says([{ text: 'x' }]), usageMetadata })
    expect(service_tier).toBe('flex')
    expect(usage).toEqual({
      prompt_tokens: 120,
      completion_tokens: 15,
      total_tokens: 135,
      prompt_tokens_details: { cached_tokens: 30, audio_tokens: 40 },
      completion_tokens_details: { reasoning_tokens: 5 },
    })
  })

  it('is absent where none was given', async () => {
    expect(await completionOf({ ...says([{ text: 'x' }]), usageMetadata: { trafficType: 'ON_DEMAND' } })).not.toHaveProperty(
      'usage',
    )
  })
})

const grounded = (text: string, segment: object) =>
  says([{ text: 'Hm', thought: true }, { text }], {
    groundingMetadata: {
      groundingChunks: [
        { web: { uri: 'https://a.example', title: 'A' } },
        { retrievedContext: { text: 'no address' } },
        { web: { uri: 'https://b.example' } },
      ],
      groundingSupports: [{ segment, groundingChunkIndices: [0, 1, 2, 9] }],
    },
  })

async function citation(segment: object) {
  return (await choiceOf(grounded('One two three', segment)))?.message.annotations?.[0]?.url_citation
}

describe('Google: sources and probabilities', () => {
  it('are cited in UTF-16 units, though the vendor counts bytes', async () => {
    const text = 'Grüße 🚀! Paris it is.'
    const segment = { startIndex: Buffer.byteLength('Grüße 🚀! '), endIndex: Buffer.byteLength(text), text: 'Paris it is.' }
    const choice = await choiceOf(grounded(text, segment))
    const [first, second, ...more] = choice?.message.annotations ?? []
    expect(first).toEqual({
      type: 'url_citation',
      url_citation: { url: 'https://a.example', title: 'A', start_index: text.indexOf('Paris'), end_index: text.length },
    })
    expect(second?.url_citation).toMatchObject({ url: 'https://b.example', title: 'https://b.example' })
    expect(more).toEqual([])
  })

  it('are found by their words where the offsets mean something else, and left out where there is no such place', async () => {
    expect(await citation({ startIndex: 40, endIndex: 43, text: 'two' })).toMatchObject({ start_index: 4, end_index: 7 })
    expect(await citation({ startIndex: 40, endIndex: 43, text: 'four' })).toBeUndefined()
  })

  it('of passages quoted at length are cited too', async () => {
    const citationMetadata = {
      citations: [{ startIndex: 0, endIndex: 3, uri: 'https://c.example', title: 'C' }, { startIndex: 1 }],
    }
    expect((await choiceOf(says([{ text: 'One two' }], { citationMetadata })))?.message.annotations).toEqual([
      { type: 'url_citation', url_citation: { url: 'https://c.example', title: 'C', start_index: 0, end_index: 3 } },
    ])
  })

  it('have offsets that cut the same text as the bytes do', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(), fc.nat(), (text, first, second) => {
        // A lone half of a surrogate pair has no UTF-8 form.
        const characters = Array.from(Buffer.from(text).toString())
        const [start, end] = [first % (characters.length + 1), second % (characters.length + 1)].toSorted(
          (left, right) => left - right,
        )
        const [before, inside] = [characters.slice(0, start).join(''), characters.slice(start, end).join('')]
        const bytes = [Buffer.byteLength(before), Buffer.byteLength(before + inside)] as const
        const [from, to] = utf16Range(characters.join(''), bytes)
        expect(characters.join('').slice(from, to)).toBe(inside)
      }),
    )
  })

  it('are log probabilities with the bytes of each token', async () => {
    const logprobsResult = {
      chosenCandidates: [{ token: 'é', logProbability: -0.5 }],
      topCandidates: [
        {
          candidates: [
            { token: 'é', logProbability: -0.5 },
            { token: 'e', logProbability: -1 },
          ],
        },
      ],
    }
    expect((await choiceOf(says([{ text: 'é' }], { logprobsResult })))?.logprobs).toEqual({
      content: [
        {
          token: 'é',
          logprob: -0.5,
          bytes: [195, 169],
          top_logprobs: [
            { token: 'é', logprob: -0.5, bytes: [195, 169] },
            { token: 'e', logprob: -1, bytes: [101] },
          ],
        },
      ],
      refusal: null,
    })
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChatRequest } from '../../src/contracts/chat.ts'
import { AttemptError } from '../../src/errors.ts'
import { translate } from '../../src/providers/anthropic/request.ts'
import { isObject } from '../../src/providers/shared/json.ts'
import { user } from './anthropic-fixtures.ts'

type Messages = ChatRequest['messages']

function sent(messages: Messages, model = 'claude-opus-5') {
  const { body, emulated, dropped } = translate({ model, messages }, { model, card: undefined })
  return { system: body['system'], messages: body['messages'], emulated, dropped }
}

function refusal(messages: Messages, model = 'claude-opus-5'): string | null | undefined {
  try {
    translate({ model, messages }, { model, card: undefined })
    return undefined
  } catch (error) {
    return error instanceof AttemptError ? error.failure.param : 'another error'
  }
}

const text = (value: string) => ({ type: 'text', text: value })
const call = (id: string, name = 'f', args = '{}') => ({ id, type: 'function', function: { name, arguments: args } }) as const
const parts = (...content: Extract<Messages[number], { role: 'user' }>['content'] & object) =>
  sent([{ role: 'user', content: [...content] }]).messages
const steps = (ids: readonly string[]): Messages =>
  ids.flatMap((id): Messages => [
    { role: 'assistant', tool_calls: [call(id)] },
    { role: 'tool', tool_call_id: id, content: 'x' },
  ])
const png = 'data:image/png;base64,iVBORw0KGgo='

describe('instructions', () => {
  it('leading ones become the system prompt', () => {
    const { system, messages } = sent([
      { role: 'system', content: 'A' },
      { role: 'developer', content: [{ type: 'text', text: 'B' }] },
      user('Hi'),
    ])
    expect(system).toEqual([text('A'), text('B')])
    expect(messages).toEqual([{ role: 'user', content: [text('Hi')] }])
  })

  it('later ones become system messages behind the user turn, on models that have them', () => {
    const later: Messages = [user('1'), { role: 'system', content: 'S' }, user('2'), { role: 'assistant', content: '3' }, user('4')]
    expect(sent(later).messages).toEqual([
      { role: 'user', content: [text('1'), text('2')] },
      { role: 'system', content: [text('S')] },
      { role: 'assistant', content: [text('3')] },
      { role: 'user', content: [text('4')] },
    ])
    for (const model of ['claude-sonnet-5', 'claude-opus-4-7', 'claude-haiku-4-5']) {
      const hoisted = sent(later, model)
      expect(hoisted.system).toEqual([text('S')])
      expect(hoisted.emulated).toBe(true)
    }
  })

  it('one behind the last answer becomes the turn to answer to', () => {
    const { messages, emulated } = sent([user('1'), { role: 'assistant', content: '2' }, { role: 'system', content: 'Go on.' }])
    expect(messages).toEqual([
      { role: 'user', content: [text('1')] },
      { role: 'assistant', content: [text('2')] },
      { role: 'user', content: [text('Go on.')] },
    ])
    expect(emulated).toBe(true)
  })

  it('alone they are sent as the user, because a user turn is needed', () => {
    expect(sent([{ role: 'system', content: 'Say hi.' }])).toMatchObject({
      system: undefined,
      messages: [{ role: 'user', content: [text('Say hi.')] }],
      emulated: true,
    })
  })
})

describe('turns', () => {
  it('neighbours of one role become one turn, and blank text is left out', () => {
    expect(sent([user('1'), user(' \n'), user('2'), { role: 'assistant', content: '' }, user('3')]).messages).toEqual([
      { role: 'user', content: [text('1'), text('2'), text('3')] },
    ])
  })

  it('results of a step stand first in the next user turn, in their order', () => {
    const { messages } = sent([
      user('go'),
      { role: 'assistant', content: 'Looking.', tool_calls: [call('a', 'f', '{"x":1}'), call('b', 'g', '')] },
      user('quick!'),
      { role: 'tool', tool_call_id: 'a', content: '1' },
      { role: 'tool', tool_call_id: 'b', content: [] },
    ])
    expect(messages).toEqual([
      { role: 'user', content: [text('go')] },
      {
        role: 'assistant',
        content: [
          text('Looking.'),
          { type: 'tool_use', id: 'a', name: 'f', input: { x: 1 } },
          { type: 'tool_use', id: 'b', name: 'g', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a', content: '1' },
          { type: 'tool_result', tool_use_id: 'b' },
          text('quick!'),
        ],
      },
    ])
  })

  it('a conversation that the assistant begins gets a user turn before it', () => {
    const { messages, emulated } = sent([{ role: 'assistant', content: 'Welcome!' }, user('Hi')])
    expect(messages).toMatchObject([{ role: 'user' }, { role: 'assistant' }, { role: 'user' }])
    expect(emulated).toBe(true)
  })

  it('a final assistant message is continued without its trailing white space, or refused by models that cannot', () => {
    const prefill: Messages = [user('Sol is'), { role: 'assistant', content: 'The sun \n' }]
    expect(sent(prefill, 'claude-haiku-4-5').messages).toMatchObject([{}, { content: [text('The sun')] }])
    for (const model of ['claude-sonnet-4-6', 'claude-opus-5-5', 'claude-next-9'])
      expect(refusal(prefill, model)).toBe('messages[1]')
  })

  it('a legacy function call and its result become a tool call and its result', () => {
    const { messages } = sent([
      user('go'),
      { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{"a":1}' } },
      { role: 'function', name: 'f', content: 'ok' },
    ])
    expect(messages).toMatchObject([
      {},
      { content: [{ type: 'tool_use', id: 'function_f', name: 'f', input: { a: 1 } }] },
      { content: [{ type: 'tool_result', tool_use_id: 'function_f', content: 'ok' }] },
    ])
  })

  it('arguments that are no object are kept under a name', () => {
    const { messages } = sent([
      user('go'),
      { role: 'assistant', tool_calls: [call('a', 'f', '{"x":')] },
      { role: 'tool', tool_call_id: 'a', content: 'no' },
    ])
    expect(messages).toMatchObject([{}, { content: [{ input: { arguments: '{"x":' } }] }, {}])
  })

  it('names on messages are left out and said to be', () => {
    expect(sent([{ ...user('Hi'), name: 'Ada' }]).dropped).toEqual(['messages[].name'])
  })

  it("keeps the caller's cache breakpoints on parts, messages and results", () => {
    const cache_control = { type: 'ephemeral', ttl: '1h' } as const
    const mark = { cache_control }
    const cached: Messages = [
      { role: 'system', content: [{ ...({ type: 'text', text: 'A' } as const), ...mark }] },
      { ...user('B'), ...mark },
      { role: 'assistant', tool_calls: [call('a')] },
      { ...({ role: 'tool', tool_call_id: 'a', content: 'C' } as const), ...mark },
    ]
    const { system, messages } = sent(cached)
    expect(system).toEqual([{ ...text('A'), cache_control }])
    expect(messages).toMatchObject([{ content: [{ cache_control }] }, {}, { content: [{ type: 'tool_result', cache_control }] }])
  })
})

describe('parts', () => {
  it('images by URL and as data', () => {
    expect(
      parts(
        { type: 'image_url', image_url: { url: 'https://x.example/a.png' } },
        { type: 'image_url', image_url: { url: png, detail: 'auto' } },
      ),
    ).toEqual([
      {
        role: 'user',
        content: [
          { type: 'image', source: { type: 'url', url: 'https://x.example/a.png' } },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
        ],
      },
    ])
  })

  it('files as PDF, text, image and by id', () => {
    expect(
      parts(
        { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } },
        { type: 'file', file: { file_data: `data:text/csv;base64,${Buffer.from('ä,b').toString('base64')}` } },
        { type: 'file', file: { file_data: png } },
        { type: 'file', file: { file_id: 'file_011' } },
      ),
    ).toMatchObject([
      {
        content: [
          { type: 'document', title: 'a.pdf', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' } },
          { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'ä,b' } },
          { type: 'image', source: { media_type: 'image/png' } },
          { type: 'document', source: { type: 'file', file_id: 'file_011' } },
        ],
      },
    ])
  })

  it.each([
    ['audio', { type: 'input_audio', input_audio: { data: 'x', format: 'wav' } }, 'messages[0].content[0].type'],
    [
      'an image of another type',
      { type: 'image_url', image_url: { url: 'data:image/bmp;base64,x' } },
      'messages[0].content[0].image_url.url',
    ],
    ['a local file', { type: 'image_url', image_url: { url: 'file:///etc/passwd' } }, 'messages[0].content[0].image_url.url'],
    ['a file of another vendor', { type: 'file', file: { file_id: 'file-abc' } }, 'messages[0].content[0].file.file_id'],
    [
      'a file of another type',
      { type: 'file', file: { file_data: 'data:application/zip;base64,x' } },
      'messages[0].content[0].file.file_data',
    ],
  ] as const)('%s is refused by its field', (_, part, field) => {
    expect(refusal([{ role: 'user', content: [part] }])).toBe(field)
  })
})

describe('tool call ids', () => {
  const ids = fc.array(fc.oneof(fc.string(), fc.constantFrom('a', 'a.b', 'a_b', 'a b', 'call_1', 'ü', '')), {
    minLength: 1,
    maxLength: 8,
  })

  it('are accepted, differ from each other, and each result names its call, whatever the ids were', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uniqueArray(fc.oneof(fc.string(), fc.constantFrom('a', 'a.b', 'a_b', 'a b', ''))), { maxLength: 5 }),
        (all) => {
          const messages: Messages = [
            user('go'),
            ...all.flatMap((step): Messages =>
              step.length === 0
                ? []
                : [
                    { role: 'assistant', tool_calls: step.map((id, index) => call(id, `f${index}`)) },
                    ...step.map((id) => ({ role: 'tool', tool_call_id: id, content: id }) as const),
                  ],
            ),
          ]
          const turns = list(sent(messages).messages)
          const wire = turns.flatMap((turn) =>
            list(turn['content'])
              .filter(({ type }) => type === 'tool_use')
              .map(({ id }) => id),
          )
          const results = turns.flatMap((turn) =>
            list(turn['content'])
              .filter(({ type }) => type === 'tool_result')
              .map((block) => block['tool_use_id']),
          )
          expect(new Set(wire).size).toBe(all.flat().length)
          expect(results).toEqual(wire)
          for (const id of wire) expect(id).toMatch(/^[a-zA-Z0-9_-]+$/)
        },
      ),
    )
  })

  it('do not change for earlier turns when the conversation grows, so that its prefix stays cached', () => {
    fc.assert(
      fc.property(ids, ids, (before, after) => {
        const short = list(sent([user('go'), ...steps(before)]).messages)
        const long = list(sent([user('go'), ...steps([...before, ...after])]).messages)
        expect(long.slice(0, short.length)).toEqual(short)
      }),
    )
  })
})

function list(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

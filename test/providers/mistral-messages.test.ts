import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChatMessage } from '../../src/contracts/chat.ts'
import { mistralDialect } from '../../src/testing/simulator/mistral.ts'
import { bodyOf, model, supportOf } from './mistral-fixtures.ts'

interface SentCall {
  readonly id: string
}
interface SentMessage {
  readonly role: string
  readonly content: unknown
  readonly tool_call_id?: string
  readonly tool_calls?: readonly SentCall[]
  readonly prefix?: boolean
}

function isMessages(value: unknown): value is readonly SentMessage[] {
  return Array.isArray(value)
}

async function sent(messages: readonly unknown[], id: string = model): Promise<readonly SentMessage[]> {
  const { messages: list } = await bodyOf({ messages: messages.filter(isMessage) }, { model: id })
  return isMessages(list) ? list : expect.unreachable('there are no messages')
}

function isMessage(value: unknown): value is ChatMessage {
  return typeof value === 'object'
}

function calls(...ids: readonly string[]): object {
  const tool_calls = ids.map((id) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } }))
  return { role: 'assistant', content: null, tool_calls }
}

function result(tool_call_id: string, content: string = tool_call_id): object {
  return { role: 'tool', tool_call_id, content }
}

const user = { role: 'user', content: 'u' }
const system = { role: 'system', content: 's' }
const assistant = { role: 'assistant', content: 'a' }

/** Calls as `[id, result]`: the result that comes with each id. */
function pairs(messages: readonly SentMessage[]): readonly (readonly [string, unknown])[] {
  const declared = messages.flatMap(({ tool_calls = [] }) => tool_calls.map(({ id }) => id))
  return declared.map((id) => [id, messages.find(({ tool_call_id }) => tool_call_id === id)?.content])
}

const foreignId = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.stringMatching(/^[a-zA-Z0-9]{9}$/),
  fc.stringMatching(/^call_[a-zA-Z0-9]{24}$/),
  fc.constantFrom('', 'null', 'call_1', 'call-1', 'call 1', 'toolu_01', 'toolu_02'),
)

describe('the ids of tool calls', () => {
  it('are nine letters and digits, and different for different ones, whatever they were', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(foreignId, { minLength: 1, maxLength: 12 }), async (ids) => {
        const messages = await sent([user, calls(...ids), ...ids.map((id) => result(id))])
        const mapped = pairs(messages)
        expect(new Set(mapped.map(([id]) => id)).size).toBe(ids.length)
        for (const [id] of mapped) expect(id).toMatch(/^[a-zA-Z0-9]{9}$/)
        expect(mapped.map(([, content]) => content)).toEqual(ids)
      }),
    )
  })

  it('are the same in every later turn, so that what the vendor has cached stays cached', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(foreignId, { minLength: 2, maxLength: 8 }), fc.nat(6), async (ids, cut) => {
        const turns = ids.flatMap((id) => [calls(id), result(id)])
        const whole = await sent([user, ...turns])
        const part = await sent([user, ...turns.slice(0, 2 * (1 + (cut % (ids.length - 1))))])
        expect(whole.slice(0, part.length)).toEqual(part)
      }),
    )
  })

  it('stay as they are where the vendor made them', async () => {
    expect(pairs(await sent([user, calls('wVug6SNgl'), result('wVug6SNgl')]))[0]?.[0]).toBe('wVug6SNgl')
  })

  it('are told apart where several calls have one, their results taken in order', async () => {
    const messages = await sent([
      user,
      calls('null', 'null'),
      result('null', 'first'),
      result('null', 'second'),
      calls('null'),
      result('null', 'third'),
    ])
    expect(pairs(messages).map(([, content]) => content)).toEqual(['first', 'second', 'third'])
    expect(new Set(pairs(messages).map(([id]) => id)).size).toBe(3)
  })

  it('are made for functions, which had none', async () => {
    const messages = await sent([
      user,
      { role: 'assistant', content: null, function_call: { name: 'f', arguments: '' } },
      { role: 'function', name: 'f', content: 'result' },
    ])
    expect(pairs(messages)).toEqual([[expect.stringMatching(/^[a-zA-Z0-9]{9}$/), 'result']])
    expect(messages[1]?.tool_calls).toMatchObject([{ function: { name: 'f', arguments: '{}' } }])
  })
})

describe('the order of messages', () => {
  it.each<[string, readonly object[], readonly string[]]>([
    ['stays where it is accepted', [system, user, assistant, user], ['system', 'user', 'assistant', 'user']],
    ['keeps instructions behind a user', [user, system, assistant, user], ['user', 'system', 'assistant', 'user']],
    [
      'brings instructions behind an assistant to the front',
      [user, assistant, system, user],
      ['system', 'user', 'assistant', 'user'],
    ],
    [
      'brings instructions behind a result to the front',
      [user, calls('x'), result('x'), system],
      ['system', 'user', 'assistant', 'tool'],
    ],
    ['ends with the user, not with an instruction', [user, system], ['system', 'user']],
    [
      'puts an assistant between a result and a user',
      [user, calls('x'), result('x'), user],
      ['user', 'assistant', 'tool', 'assistant', 'user'],
    ],
    ['leaves out assistants that say nothing', [user, { role: 'assistant', content: '' }, user], ['user', 'user']],
    ['answers an instruction behind the last answer', [user, assistant, system], ['user', 'assistant', 'user']],
    ['makes a user of instructions alone', [system, { role: 'developer', content: 'd' }], ['system', 'user']],
  ])('%s', async (_, given, roles) => {
    expect((await sent(given)).map(({ role }) => role)).toEqual(roles)
  })

  it('lets an answer be continued', async () => {
    expect((await sent([user, assistant])).at(-1)).toEqual({ ...assistant, prefix: true })
  })

  it('is called emulated wherever something moved', () => {
    const given: readonly unknown[] = [user, assistant, system, user]
    const messages = given.filter(isMessage)
    expect(supportOf({ messages })).toEqual({ level: 'emulated', dropped: [] })
  })

  it('is one that the vendor accepts, for any conversation', async () => {
    const step = fc.oneof(
      fc.constantFrom<readonly object[]>(
        [user],
        [system],
        [assistant],
        [{ role: 'assistant', content: null }],
        [{ role: 'assistant', content: [] }],
      ),
      fc.array(foreignId, { minLength: 1, maxLength: 3 }).map((ids) => [calls(...ids), ...ids.map((id) => result(id))]),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const given = [...steps.flat(), user]
        const body = await bodyOf({ messages: given.filter(isMessage) })
        const request = { method: 'POST', path: '/v1/chat/completions', query: new URLSearchParams(), base: '', headers: {}, body }
        const turn = mistralDialect.read(request)
        expect(turn && mistralDialect.check(request, turn)).toBeUndefined()
        // Nothing that was said is lost.
        expect(JSON.stringify(body).split('"u"')).toHaveLength(JSON.stringify(given).split('"u"').length)
      }),
      { numRuns: 300 },
    )
  })
})

describe('thinking of earlier turns', () => {
  const blocks = [
    { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }], signature: 'sig', closed: true },
    { type: 'text', text: 'Four.' },
  ]
  const state = { v: 1, provider: 'mistral', model, blocks }
  const thought = { role: 'assistant', content: 'Four.', reasoning_content: 'Hm.', provider_state: state }

  it('goes back as it came, signature included', async () => {
    expect((await sent([user, thought, user]))[1]).toEqual({ role: 'assistant', content: blocks })
  })

  it('goes back with the calls that it led to', async () => {
    const messages = await sent([
      user,
      { ...calls('call_1'), provider_state: { ...state, blocks: blocks.slice(0, 1) } },
      result('call_1'),
    ])
    expect(messages[1]).toMatchObject({ content: blocks.slice(0, 1), tool_calls: [{ id: messages[2]?.tool_call_id }] })
  })

  it.each([
    ['to a model that cannot think', thought, 'mistral-large-2512'],
    ['of another provider', { ...thought, provider_state: { ...state, provider: 'elsewhere' } }, model],
    ['of a turn that the caller edited since', { ...thought, content: 'Five.' }, model],
    ['in a version that is not known', { ...thought, provider_state: { ...state, v: 2 } }, model],
  ])('does not go back: %s', async (_, message, id) => {
    expect((await sent([user, message, user], id))[1]).toEqual({ role: 'assistant', content: message.content })
  })
})

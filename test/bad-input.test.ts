import { BadRequestError } from 'openai'
import { describe, expect, it } from 'vitest'
import { ModelyardError, createRouter, memoryKeys } from '../src/index.ts'
import { answer, fakeProvider } from '../src/testing/index.ts'
import { openai } from '../src/providers/openai/index.ts'

const messages = [{ role: 'user' as const, content: 'hello' }]
const make = () => fakeProvider({ id: 'fake', models: ['m'], script: answer('ok') })

function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

/** As an application without types would call it. */
const fromJavaScript = (options: Record<string, unknown>): unknown => Reflect.apply(createRouter, undefined, [options])

describe('createRouter() refuses', () => {
  it.each([
    ['an unknown option, naming the nearest', { provders: [] }, 'provders', /did you mean providers\?/],
    ['an unknown field inside an option', { breaker: { failure: 3 } }, 'breaker.failure', /did you mean failures\?/],
    [
      'a misspelt field of an agent',
      { agents: { a: { primary: 'm', fallbacks: ['m'] } } },
      'agents.a.fallbacks',
      /did you mean fallback\?/,
    ],
    ['a tier that there is not', { tiers: { simpel: ['m'] } }, 'tiers.simpel', /did you mean simple\?/],
    ['a value of the wrong type', { maxRetries: '2' }, 'maxRetries', /must be a number, got a string of 1 characters/],
    ['a number out of range', { breaker: { failures: 0 } }, 'breaker.failures', /above 0, got 0/],
    ['a limit that is none', { clocks: { idleMs: Number.NaN } }, 'clocks.idleMs', /got NaN/],
    ['an adapter that is none', { providers: [{ id: 'x' }] }, 'providers[0]', /a provider adapter such as openai\(\)/],
    ['an empty list of providers', { providers: [] }, 'providers', /non-empty/],
    ['a key store that is none', { keys: {} }, 'keys', /key store with get/],
    ['an agent without a primary', { agents: { a: {} } }, 'agents.a.primary', /must be a string, got undefined/],
  ])('%s', (_name, options, field, message) => {
    const error = thrownBy(() => fromJavaScript({ providers: [make()], ...options }))
    expect(error).toBeInstanceOf(ModelyardError)
    expect(error).toMatchObject({ code: 'BAD_OPTION', field })
    expect(String(error)).toMatch(message)
  })

  it.each([
    [
      'a fallback at an unconfigured provider',
      { agents: { a: { primary: 'fake/m', fallback: ['anthropc/claude'] } } },
      'UNKNOWN_PROVIDER',
      'agents.a.fallback[0]',
    ],
    ['a tier at an unconfigured provider', { tiers: { simple: ['openai/gpt-6-luna'] } }, 'UNKNOWN_PROVIDER', 'tiers.simple[0]'],
    ['a primary that nothing serves', { agents: { a: { primary: 'nothing' } } }, 'UNKNOWN_MODEL', 'agents.a.primary'],
    ['an alias of nothing', { models: { nick: ['m', 'nothing'] } }, 'UNKNOWN_MODEL', 'models.nick[1]'],
    ['an alias that leads back to itself', { models: { a: 'b', b: 'a' } }, 'BAD_OPTION', 'models.b'],
    ['an agent in a chain', { agents: { a: { primary: 'agent:b' } } }, 'BAD_OPTION', 'agents.a.primary'],
    ['a tier without any model', { tiers: { complex: [] } }, 'EMPTY_TIER', 'tiers.complex'],
    ['a baseline that nothing serves', { baseline: 'nothing' }, 'UNKNOWN_MODEL', 'baseline'],
    ['two providers of one id', { providers: [make(), make()] }, 'BAD_OPTION', 'providers[1].id'],
  ])('%s', (_name, options, code, field) => {
    expect(thrownBy(() => fromJavaScript({ providers: [make()], ...options }))).toMatchObject({ code, field })
  })

  it('a provider whose key a store that cannot change does not hold, naming the key', () => {
    const keys = { get: () => Promise.resolve(undefined), has: () => false }
    expect(thrownBy(() => createRouter({ providers: [openai()], keys }))).toMatchObject({ code: 'MISSING_KEY', field: 'keys' })
    expect(String(thrownBy(() => createRouter({ providers: [openai()], keys })))).toContain('OPENAI_API_KEY')
    expect(String(thrownBy(() => createRouter({ keys })))).toMatch(
      /holds no OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY, .* or ZAI_API_KEY/,
    )
  })

  it('never repeats a string that came: it may be a key in the wrong field', () => {
    expect(String(thrownBy(() => fromJavaScript({ keys: 'sk-live-0123456789abcdef' })))).not.toContain('0123456789')
  })
})

describe('a call refuses, before anything is sent,', () => {
  it.each([
    ['no body', undefined, 'body'],
    ['a body without a model', { messages }, 'model'],
    ['an empty model', { model: '', messages }, 'model'],
    ['no messages', { model: 'm' }, 'messages'],
    ['empty messages', { model: 'm', messages: [] }, 'messages'],
    ['a message that is none', { model: 'm', messages: ['hello'] }, 'messages[0]'],
    ['a role that there is not', { model: 'm', messages: [{ role: 'usr', content: 'x' }] }, 'messages[0].role'],
    [
      'a tool result without an id',
      { model: 'm', messages: [...messages, { role: 'tool', content: 'x' }] },
      'messages[1].tool_call_id',
    ],
    [
      'an orphan tool result',
      { model: 'm', messages: [...messages, { role: 'tool', tool_call_id: 'call_1', content: 'x' }] },
      'messages[1].tool_call_id',
    ],
  ])('%s', async (_name, body, param) => {
    const provider = make()
    const client = createRouter({ providers: [provider] })
    const error: unknown = await client.post('/chat/completions', { body }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject({ status: 400, param })
    expect(provider.calls).toHaveLength(0)
  })

  it('22 a circular body, with a TypeError', async () => {
    const provider = make()
    const circular: Record<string, unknown> = { model: 'm', messages }
    circular['metadata'] = { circular }
    await expect(createRouter({ providers: [provider] }).post('/chat/completions', { body: circular })).rejects.toBeInstanceOf(
      TypeError,
    )
    expect(provider.calls).toHaveLength(0)
  })

  it('an agent that is not configured, naming the nearest', () => {
    const client = createRouter({ providers: [make()], agents: { support: { primary: 'm' } } })
    expect(thrownBy(() => client.agent('suport'))).toMatchObject({ code: 'UNKNOWN_AGENT' })
    expect(String(thrownBy(() => client.agent('suport')))).toContain('did you mean support?')
  })

  it('after close()', async () => {
    const client = createRouter({ providers: [make()] })
    await client.close()
    await expect(client.chat.completions.create({ model: 'm', messages })).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

describe("the caller's objects", () => {
  it('are never changed, and what becomes of them after the call changes nothing', async () => {
    const provider = make()
    const client = createRouter({ providers: [provider], keys: memoryKeys() })
    const body = { model: 'm', messages: [{ role: 'user' as const, content: 'before' }] }
    const call = client.chat.completions.create(body)
    body.messages.push({ role: 'user', content: 'after' })
    await call
    expect(body).toEqual({
      model: 'm',
      messages: [
        { role: 'user', content: 'before' },
        { role: 'user', content: 'after' },
      ],
    })
    const frozen = Object.freeze({ model: 'm', messages: [Object.freeze({ role: 'user' as const, content: 'x' })] })
    await client.chat.completions.create(frozen)
    expect(Object.isFrozen(provider.calls[1]?.request)).toBe(true)
  })

  it('20 undefined, functions and symbols fall away, null stays, toJSON is honoured, __proto__ is harmless', async () => {
    const provider = make()
    const client = createRouter({ providers: [provider] })
    const polluting: Record<string, unknown> = JSON.parse('{"__proto__":{"polluted":true}}')
    await client.post('/chat/completions', {
      body: {
        ...polluting,
        model: 'm',
        messages,
        a: undefined,
        b: null,
        c: () => 1,
        d: Symbol('d'),
        e: new Date(0),
        f: [undefined, Number.NaN],
      },
    })
    const { ['__proto__']: odd, ...sent } = Object.fromEntries(Object.entries(provider.calls[0]?.request ?? {}))
    expect(sent).toEqual({ model: 'm', messages, b: null, e: '1970-01-01T00:00:00.000Z', f: [null, null] })
    expect(odd).toEqual({ polluted: true })
    expect({}).not.toHaveProperty('polluted')
  })
})

import { describe, expect, it } from 'vitest'
import { createRouter, memoryKeys } from '../src/index.ts'
import { answer, fail, fakeClock, fakeProvider } from '../src/testing/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import { two } from './two-providers.ts'

const messages = [{ role: 'user' as const, content: 'hello' }]

describe('client.health()', () => {
  it('is plain data that says of every chain who could be called now', () => {
    const { client } = two([], [])
    const health = client.health()
    expect(health).toEqual({
      ok: true,
      chains: [{ name: 'agent:support', ok: true, available: ['first/model-a', 'second/model-b'] }],
      circuits: [],
      restingKeys: [],
      circuitsShared: null,
      auditDropped: 0,
    })
    expect(JSON.parse(JSON.stringify(health))).toEqual(health)
  })

  it('goes on being ok while somebody is left, and names the circuits that hold a target back', async () => {
    const { client, agent } = two(fail({ status: 500 }), answer('fallback'))
    for (let call = 0; call < 5; call++) await agent.chat.completions.create({ model: 'auto', messages })
    expect(client.health()).toMatchObject({
      ok: true,
      chains: [{ available: ['second/model-b'] }],
      circuits: [{ target: 'first/model-a', state: 'open', retryInMs: 30_000 }],
    })
    client.breakers.trip('second/model-b')
    expect(client.health()).toMatchObject({ ok: false, chains: [{ name: 'agent:support', ok: false, available: [] }] })
    client.breakers.reset('second/model-b')
    expect(client.health().ok).toBe(true)
  })

  it('is ok again when the next request would be let through, without anybody having called', () => {
    const { client, clock } = two([], [])
    client.breakers.trip('first/model-a')
    client.breakers.trip('second/model-b')
    expect(client.health().ok).toBe(false)
    clock.advance(30_000)
    expect(client.health().ok).toBe(true)
    expect(client.breakers.snapshot('first/model-a').state).toBe('open')
  })

  it('counts tiers that have models of configured providers, and no others', () => {
    const clock = fakeClock()
    const provider = fakeProvider({ id: 'only', models: ['m'], clock })
    expect(createRouter({ providers: [provider], clock }).health().chains).toEqual([])
    const client = createRouter({ providers: [provider], clock, tiers: { simple: ['only/m'] } })
    expect(client.health().chains).toEqual([{ name: 'tier:simple', ok: true, available: ['only/m'] }])
    const defaults = createRouter({ providers: [openai()], keys: memoryKeys({ OPENAI_API_KEY: 'sk-any' }), clock })
    expect(defaults.health().chains.map(({ name }) => name)).toEqual(['tier:simple', 'tier:standard', 'tier:complex'])
  })

  it('is not ok where an agent has no key, until it comes', async () => {
    const keys = memoryKeys({ OTHER: 'key' })
    const providers = [
      fakeProvider({ id: 'a', key: 'MISSING', models: ['m'] }),
      fakeProvider({ id: 'b', key: 'OTHER', models: ['m'] }),
    ]
    const client = createRouter({ providers, keys, agents: { lonely: { primary: 'a/m' } } })
    expect(client.health()).toMatchObject({ ok: false, chains: [{ name: 'agent:lonely', ok: false }] })
    await keys.set('MISSING', 'here')
    expect(client.health().ok).toBe(true)
  })

  it('counts audit records that were lost, and is not ok once the router is closed', async () => {
    const { client, agent } = two([answer('x')], [], {
      audit: {
        write() {
          throw new Error('disk full')
        },
      },
    })
    await agent.chat.completions.create({ model: 'auto', messages })
    const lost = await client.flush()
    expect(lost).toBeGreaterThan(0)
    expect(client.health()).toMatchObject({ ok: true, auditDropped: lost })
    await client.close()
    expect(client.health().ok).toBe(false)
  })
})

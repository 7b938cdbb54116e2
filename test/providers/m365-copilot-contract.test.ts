import { describe, expect, it } from 'vitest'
import { m365Copilot } from '../../src/providers/m365-copilot/index.ts'
import { describeAdapter, vendorSimulator } from '../../src/testing/index.ts'

const leftOut: string[] = []
const runner = {
  describe,
  it: Object.assign((name: string, run: () => Promise<void>) => it(name, run), { skip: (name: string) => leftOut.push(name) }),
  wire: 'm365-copilot',
  environment: process.env,
  skip: {
    embeddings: 'the service makes none',
    usage: 'the service counts no tokens',
    'served model': 'the service names no model',
    'cut answers': 'the service knows no limit, and has no word for one',
    tools: 'the service takes no tools',
    'tool results': 'the service takes no tools',
  },
}

describeAdapter({ ...runner, name: 'm365-copilot', create: m365Copilot })
describeAdapter({ ...runner, name: 'm365-copilot without markup', create: (wire) => m365Copilot({ ...wire, markup: 'strip' }) })

it('leaves out nothing of the contract but what has its reason', () => {
  expect(new Set(leftOut.map((name) => name.replace(/:.*\(skipped: (.*)\)/, ': $1')))).toEqual(
    new Set(Object.entries(runner.skip).map(([part, reason]) => `${part}: ${reason}`)),
  )
})

describe('the simulated service', () => {
  const ask = { message: { text: 'Hi' }, locationHint: { timeZone: 'UTC' } }

  it.each<[string, string, object, RegExp]>([
    ['a conversation that is asked for with something', '', { title: 'x' }, /empty JSON object/],
    ['a conversation that it has not made', '/mine/chat', ask, /Conversation not found/],
    ['a message without a time zone', '/conversation-1/chat', { message: ask.message }, /timeZone is required/],
    ['a message without text', '/conversation-1/chat', { ...ask, message: { text: '' } }, /no text/],
    ['a property that it does not know', '/conversation-1/chat', { ...ask, model: 'gpt' }, /'model' does not exist/],
    ['one further in', '/conversation-1/chat', { ...ask, contextualResources: { web: true } }, /'web' does not exist/],
    ['one in the context', '/conversation-1/chat', { ...ask, additionalContext: [{ role: 'system' }] }, /'role' does not exist/],
    ['a file without its address', '/conversation-1/chat', { ...ask, contextualResources: { files: [{}] } }, /no uri/],
  ])('refuses %s, in Graph’s words', async (_, path, body, words) => {
    await using simulator = await vendorSimulator()
    const response = await fetch(`${simulator.door('m365-copilot').baseURL}/copilot/conversations${path}`, {
      method: 'POST',
      headers: { authorization: 'Bearer any' },
      body: JSON.stringify(body),
    })
    expect([response.status, await response.json()]).toEqual([
      path.startsWith('/mine') ? 404 : 400,
      { error: { code: expect.any(String), message: expect.stringMatching(words), innerError: expect.anything() } },
    ])
    expect(response.headers.get('request-id')).toMatch(/^graph-/)
  })
})

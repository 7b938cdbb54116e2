// Tests of your own code: scripted vendors, a clock that you move, no network, no module mocks.
// Run it: npm run example examples/07-testing-your-app.ts
import assert from 'node:assert/strict'
import test from 'node:test'
import type OpenAI from 'openai'
import { RateLimitError } from 'openai'
import { createRouter } from 'modelyard'
import { answer, fail, fakeClock, fakeProvider, toolCalls } from 'modelyard/testing'
import type { FakeProvider } from 'modelyard/testing'

/** The code under test: it takes an OpenAI client and knows nothing of routers. */
async function headline(client: OpenAI, article: string): Promise<string> {
  try {
    const completion = await client.chat.completions.create({
      model: 'tier:simple',
      messages: [{ role: 'user', content: `A headline for this article:\n${article}` }],
    })
    return completion.choices[0]?.message.content ?? 'Untitled'
  } catch (error) {
    if (error instanceof RateLimitError) return 'Untitled'
    throw error
  }
}

const routed = (...providers: readonly FakeProvider[]) =>
  createRouter({ providers, tiers: { simple: providers.map(({ id }) => `${id}/fake-model`) } })

await test('headline() asks for a headline and returns it', async () => {
  const vendor = fakeProvider({ script: [answer('Whale is no fish')] })
  assert.equal(await headline(routed(vendor), 'A whale is a mammal.'), 'Whale is no fish')
  assert.match(JSON.stringify(vendor.calls[0]?.request.messages), /A whale is a mammal/)
  vendor.assertDone()
})

await test('headline() does not notice that the first vendor is down', async () => {
  const first = fakeProvider({ id: 'first', script: [fail({ status: 503 })] })
  const second = fakeProvider({ id: 'second', script: [answer('Still here')] })
  assert.equal(await headline(routed(first, second), 'An article.'), 'Still here')
  first.assertDone()
})

await test('headline() settles for "Untitled" where everybody is busy', async () => {
  const busy = fakeProvider({ script: fail({ status: 429, retryAfterMs: 120_000 }) })
  assert.equal(await headline(routed(busy), 'An article.'), 'Untitled')
})

await test('headline() waits as long as the vendor asks, on a clock that stands still until it is moved', async () => {
  const clock = fakeClock()
  const slow = fakeProvider({ script: [fail({ status: 429, retryAfterMs: 20_000 }), answer('Worth the wait')], clock })
  const client = createRouter({ providers: [slow], tiers: { simple: ['fake/fake-model'] }, clock })
  const pending = headline(client, 'An article.')
  await clock.advanceAsync(19_999)
  assert.equal(slow.calls.length, 1)
  await clock.advanceAsync(1)
  assert.equal(await pending, 'Worth the wait')
})

await test('headline() gives "Untitled" where the model calls a tool instead of answering', async () => {
  const confused = fakeProvider({ script: [toolCalls([{ name: 'search' }])] })
  assert.equal(await headline(routed(confused), 'An article.'), 'Untitled')
})

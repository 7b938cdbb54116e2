// An application that has installed the package. The package tests compile it as an ES module and as CommonJS, with several
// compilers, and run both: whatever it asserts holds in either world.
import assert from 'node:assert/strict'
import OpenAI, { APIError, BadRequestError, NotFoundError, OpenAIError, RateLimitError } from 'openai'
import { createRouter, memoryKeys, ModelyardError, routeOf } from 'modelyard'
import { anthropic } from 'modelyard/anthropic'
import { google } from 'modelyard/google'
import { openai } from 'modelyard/openai'
import { fakeProvider } from 'modelyard/testing'

const answer = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-4o',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello', refusal: null }, finish_reason: 'stop', logprobs: null }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
}

function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })
}

function router(fetch: () => Promise<Response>): OpenAI {
  return createRouter({
    providers: [openai({ fetch }), anthropic(), google()],
    keys: memoryKeys({ OPENAI_API_KEY: 'sk-x', ANTHROPIC_API_KEY: 'sk-x', GEMINI_API_KEY: 'x' }),
    maxRetries: 0,
  })
}

const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Hi' }]

async function rejection(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new assert.AssertionError({ message: 'was not rejected' })
}

const checks: Readonly<Record<string, () => Promise<void> | void>> = {
  'the router is an OpenAI'() {
    const client: OpenAI = router(async () => json(200, answer))
    assert.ok(client instanceof OpenAI)
    assert.ok(client.chat.completions instanceof OpenAI.Chat.Completions)
  },

  async 'a call is answered through the injected fetch'() {
    const completion = await router(async () => json(200, answer)).chat.completions.create({ model: 'openai/gpt-4o', messages })
    assert.equal(completion.choices[0]?.message.content, 'Hello')
    assert.equal(routeOf(completion)?.target.startsWith('openai/'), true)
  },

  async 'a 429 is the RateLimitError of the application'() {
    const client = router(async () => json(429, { error: { message: 'slow down', code: 'rate_limit_exceeded' } }))
    const error = await rejection(client.chat.completions.create({ model: 'openai/gpt-4o', messages }))
    assert.ok(error instanceof RateLimitError && error instanceof APIError)
    assert.equal(error.status, 429)
  },

  async 'errors of the router itself are classes of the application'() {
    const client = router(async () => json(200, answer))
    assert.ok((await rejection(client.chat.completions.create({ model: 'no-such-model', messages }))) instanceof NotFoundError)
    assert.ok(
      (await rejection(client.chat.completions.create({ model: 'openai/gpt-4o', messages: [] }))) instanceof BadRequestError,
    )
  },

  'subpaths share their classes with the root'() {
    // @ts-expect-error -- the option does not exist
    assert.throws(() => openai({ bogus: 1 }), ModelyardError)
    assert.throws(
      () => createRouter({ tiers: { simple: ['nobody/nothing'] }, providers: [fakeProvider()] }),
      (error) => {
        return error instanceof ModelyardError && error instanceof OpenAIError && ModelyardError.is(error)
      },
    )
  },

  async 'the test kit serves the router'() {
    const fake = fakeProvider({ models: ['m'] })
    const client = createRouter({ providers: [fake], keys: memoryKeys({}) })
    const error = await rejection(client.chat.completions.create({ model: 'fake/m', messages }))
    assert.match(String(error), /script/)
    assert.equal(fake.calls.length, 1)
  },

  async 'a vendor without its SDK says what to install'() {
    const client = router(async () => json(200, answer))
    for (const [model, name] of [
      ['anthropic/claude-x', '@anthropic-ai/sdk'],
      ['google/gemini-x', '@google/genai'],
    ] as const) {
      const error = await rejection(client.chat.completions.create({ model, messages }))
      assert.ok(error instanceof OpenAIError, String(error))
      assert.match(error.message, new RegExp(`npm install ${name}`))
      assert.equal(Reflect.get(error, 'code'), 'MISSING_SDK')
    }
  },
}

async function main(): Promise<void> {
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check()
      console.log(`ok ${name}`)
    } catch (error) {
      console.log(`not ok ${name}`)
      console.error(name, error)
    }
  }
}

void main()

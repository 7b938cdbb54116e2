import { describe, expect, it } from 'vitest'
import { createRouter, memoryKeys, routeOf } from '../../src/index.ts'
import type { AdapterCall, ProviderAdapter } from '../../src/contracts/adapter.ts'
import type { ChatCompletionChunk } from '../../src/contracts/chat.ts'
import { Secret } from '../../src/contracts/secret.ts'
import { githubCopilot } from '../../src/providers/github-copilot/index.ts'
import { answer, callOf, event, FakeCopilot, secret } from './github-copilot-fake.ts'
import type { Script } from './github-copilot-fake.ts'

const made = (script?: Script): { readonly fake: FakeCopilot; readonly adapter: ProviderAdapter } => {
  const fake = new FakeCopilot(script)
  return { fake, adapter: githubCopilot({ client: () => fake, tools: true }) }
}

async function read(chunks: AsyncIterable<ChatCompletionChunk>): Promise<ChatCompletionChunk[]> {
  const all: ChatCompletionChunk[] = []
  for await (const chunk of chunks) all.push(chunk)
  return all
}

/** The deltas and finish reasons of a stream, and its usage. */
const shapes = (chunks: readonly ChatCompletionChunk[]): unknown[] =>
  chunks.map(({ choices: [choice], usage }) =>
    choice === undefined ? { usage: usage?.total_tokens } : (choice.finish_reason ?? choice.delta),
  )

async function failed(adapter: ProviderAdapter, call: AdapterCall = callOf()) {
  const chunks: ChatCompletionChunk[] = []
  try {
    for await (const chunk of adapter.stream(call)) chunks.push(chunk)
  } catch (error) {
    return { ...adapter.failure(error), text: chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('') }
  }
  throw new Error('the stream ended as if all were well')
}

/** Resolves once nothing of a session is left. */
async function tidy({ open, log }: FakeCopilot): Promise<readonly string[]> {
  await expect.poll(() => open.size).toBe(0)
  return log
}

describe('an answer', () => {
  it('becomes chunks: role first, then what comes, one finish reason, usage last', async () => {
    const { adapter } = made(() => [
      event.reasoning('Hm.'),
      event.text('Hel'),
      event.text('lo'),
      event.usage(),
      event.message('Hello'),
      event.turnEnd,
    ])
    const chunks = await read(adapter.stream(callOf()))
    expect(shapes(chunks)).toEqual([
      { role: 'assistant', content: '' },
      { reasoning_content: 'Hm.' },
      { content: 'Hel' },
      { content: 'lo' },
      'stop',
      { usage: 25 },
    ])
    expect(new Set(chunks.map(({ id, model, created }) => JSON.stringify([id, model, created]))).size).toBe(1)
  })

  it('is the same without stream', async () => {
    const { adapter } = made(() => [event.reasoning('Hm.'), ...answer('Hello')])
    const { choices, usage, model } = await adapter.complete(callOf())
    expect(choices).toEqual([
      {
        index: 0,
        message: { role: 'assistant', content: 'Hello', refusal: null, reasoning_content: 'Hm.' },
        logprobs: null,
        finish_reason: 'stop',
      },
    ])
    expect([usage?.total_tokens, model]).toEqual([25, 'gpt-5.4'])
  })

  it('counts cached and reasoning tokens within the totals, and says nothing of a cost that is no money', async () => {
    const more = { inputTokens: 511, outputTokens: 37, cacheReadTokens: 500, cacheWriteTokens: 3, reasoningTokens: 30, cost: 1 }
    const { adapter } = made(() => [event.text('x'), event.usage(more), event.idle])
    expect((await adapter.complete(callOf())).usage).toEqual({
      prompt_tokens: 511,
      completion_tokens: 37,
      total_tokens: 548,
      prompt_tokens_details: { cached_tokens: 500, cache_write_tokens: 3 },
      completion_tokens_details: { reasoning_tokens: 30 },
    })
  })

  it.each([
    ['usage before the last delta', [event.usage(), event.text('Hello'), event.message('Hello'), event.turnEnd]],
    ['no turn that ends, but a session', [event.text('Hello'), event.usage(), event.message('Hello'), event.idle]],
    ['no deltas', [event.usage(), event.message('Hello'), event.turnEnd]],
    ['a delta too few', [event.text('Hel'), event.usage(), event.message('Hello'), event.turnEnd]],
    [
      'two messages',
      [
        event.text('Hel'),
        event.message('Hel', { chunkIndex: 0, chunkCount: 2 }),
        event.text('lo', 'm2'),
        event.message('lo', { messageId: 'm2', chunkIndex: 1, chunkCount: 2 }),
        event.usage(),
        event.turnEnd,
      ],
    ],
    [
      'somebody else at work below it',
      [
        event.text('Hel'),
        { ...event.text('NO'), agentId: 'a' },
        { ...event.error('query'), agentId: 'a' },
        { ...event.usage({ inputTokens: 900 }), agentId: 'a' },
        event.text('lo'),
        event.usage(),
        event.turnEnd,
      ],
    ],
    ['a failure of somebody else', [event.callFailure({ source: 'subagent' }), event.text('Hello'), event.usage(), event.turnEnd]],
    ['no usage', [event.text('Hello'), event.message('Hello'), event.idle]],
  ] as const)('is whole with %s', async (_what, events) => {
    const { adapter } = made(() => events)
    const { choices, usage } = await adapter.complete(callOf())
    expect([choices[0]?.message.content, choices[0]?.finish_reason]).toEqual(['Hello', 'stop'])
    expect(usage?.prompt_tokens ?? 20).toBe(20)
  })

  it('that is empty is an answer where the model had a reason to stop, and none where it had not', async () => {
    const stopped = made(() => [event.usage(), event.message(''), event.turnEnd, event.error('query'), event.idle])
    expect((await stopped.adapter.complete(callOf())).choices[0]?.message.content).toBe('')
    const error = event.error('query', { message: 'No response was returned. Send your message again to retry.' })
    const none = made(() => [event.usage({ finishReason: undefined }), event.message(''), event.turnEnd, error, event.idle])
    expect((await failed(none.adapter)).kind).toBe('malformed')
  })

  it('ends at its limit, and the session is stopped before it makes the model go on', async () => {
    const { adapter, fake } = made(() => [
      event.text('one '),
      event.usage({ finishReason: 'length' }),
      event.turnEnd,
      event.text('two', 'm2'),
      event.usage(),
      event.idle,
    ])
    const { choices } = await adapter.complete(callOf())
    expect([choices[0]?.message.content, choices[0]?.finish_reason]).toEqual(['one ', 'length'])
    expect(await tidy(fake)).toEqual(['start', 'create', 'send', 'abort', 'delete'])
  })

  it.each([
    ['content_filter', { finishReason: 'content_filter' }],
    ['content_filter', { contentFilterTriggered: true }],
    ['stop', { finishReason: 'tool_calls' }],
    ['stop', { finishReason: 'a new word' }],
  ])('says %s where the runtime says %o', async (finish, more) => {
    const { adapter } = made(() => [event.text('a'), event.usage(more), event.idle])
    expect((await adapter.complete(callOf())).choices[0]?.finish_reason).toBe(finish)
  })

  it('goes by the name of the model that the service chose for auto', async () => {
    const { adapter } = made(() => [event.served('auto'), event.served('gpt-6-luna'), ...answer('Hello')])
    expect((await adapter.complete(callOf({}, { model: 'auto' }))).model).toBe('gpt-6-luna')
  })
})

describe('tool calls', () => {
  const tools = [
    {
      type: 'function' as const,
      function: { name: 'get_weather', description: 'Weather', parameters: { type: 'object', properties: {} } },
    },
    { type: 'function' as const, function: { name: 'now', strict: true } },
  ]
  const toolRequests = [
    { toolCallId: 'call_1', name: 'get_weather', arguments: { city: 'Oslo' } },
    { toolCallId: 'call_2', name: 'now' },
  ]

  it('are handed over, numbered, with {} for no arguments; the session that waits for their results is stopped', async () => {
    const { adapter, fake } = made(() => [
      event.text('Let me look.'),
      event.usage({ finishReason: 'tool_calls' }),
      event.message('Let me look.', { toolRequests }),
    ])
    expect(shapes(await read(adapter.stream(callOf({ tools }))))).toEqual([
      { role: 'assistant', content: '' },
      { content: 'Let me look.' },
      { tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"city":"Oslo"}' } }] },
      { tool_calls: [{ index: 1, id: 'call_2', type: 'function', function: { name: 'now', arguments: '' } }] },
      { tool_calls: [{ index: 1, function: { arguments: '{}' } }] },
      'tool_calls',
      { usage: 25 },
    ])
    expect(await tidy(fake)).toEqual(['start', 'create', 'send', 'abort', 'delete'])
  })

  it.each([
    ['usage comes last', [event.message('', { toolRequests }), event.usage()]],
    ['no usage comes', [event.message('', { toolRequests }), { type: 'external_tool.requested', data: {} } as const]],
  ] as const)('are whole where %s', async (_what, events) => {
    const { adapter } = made(() => events)
    const [choice] = (await adapter.complete(callOf({ tools }))).choices
    expect(choice?.finish_reason).toBe('tool_calls')
    expect(choice?.message.content).toBeNull()
    expect(choice?.message.tool_calls?.map(({ id }) => id)).toEqual(['call_1', 'call_2'])
  })

  it('come in the older form where functions were given', async () => {
    const { adapter } = made(() => [event.message('', { toolRequests: [toolRequests[0]] }), event.usage()])
    const [choice] = (await adapter.complete(callOf({ functions: [{ name: 'get_weather' }] }))).choices
    expect(choice?.finish_reason).toBe('function_call')
    expect(choice?.message.function_call).toEqual({ name: 'get_weather', arguments: '{"city":"Oslo"}' })
  })

  it('can be made of the tools of the request alone, which nothing runs and nobody is asked about', async () => {
    const { adapter, fake } = made()
    await adapter.complete(callOf({ tools }))
    expect(fake.configs[0]).toMatchObject({
      availableTools: ['custom:*'],
      toolSearch: { enabled: false },
      tools: [
        {
          name: 'get_weather',
          description: 'Weather',
          parameters: { type: 'object', properties: {} },
          skipPermission: true,
          overridesBuiltInTool: true,
          defer: 'never',
        },
        { name: 'now', parameters: { type: 'object', properties: {} } },
      ],
    })
  })
})

describe('a session', () => {
  it('is that of one call: without tools, files, memory or the runtime’s own prompt, and deleted afterwards', async () => {
    const { adapter, fake } = made()
    await adapter.complete(callOf())
    await adapter.complete(callOf())
    expect(await tidy(fake)).toEqual(['start', 'create', 'send', 'delete', 'create', 'send', 'delete'])
    expect(new Set(fake.configs.map(({ sessionId }) => sessionId)).size).toBe(2)
    expect(fake.configs[0]).toMatchObject({
      model: 'gpt-5.4',
      streaming: true,
      availableTools: [],
      systemMessage: { mode: 'replace', content: '' },
      infiniteSessions: { enabled: false },
      memory: { enabled: false },
      enableConfigDiscovery: false,
      enableSessionTelemetry: false,
      enableSkills: false,
      skipCustomInstructions: true,
      remoteSession: 'off',
      disabledMcpServers: ['github-mcp-server'],
    })
  })

  it('is disconnected where it cannot be deleted', async () => {
    const { adapter, fake } = made()
    fake.failures = { delete: new Error('Session file not found') }
    await adapter.complete(callOf())
    expect(await tidy(fake)).toEqual(['start', 'create', 'send', 'delete', 'disconnect'])
  })

  it('is stopped and deleted where the call fails', async () => {
    const { adapter, fake } = made(() => [event.text('Hel'), event.error('query')])
    await failed(adapter)
    expect(await tidy(fake)).toEqual(['start', 'create', 'send', 'abort', 'delete'])
  })

  it('is stopped and deleted where the consumer leaves', async () => {
    const { adapter, fake } = made(() => [event.text('Hel')])
    for await (const chunk of adapter.stream(callOf())) if (chunk.choices[0]?.delta.content === 'Hel') break
    expect(await tidy(fake)).toEqual(['start', 'create', 'send', 'abort', 'delete'])
  })

  it.each(['create', 'send'] as const)('is stopped and deleted where the call is aborted during %s', async (step) => {
    const { adapter, fake } = made(() => [])
    const { promise, resolve } = Promise.withResolvers<void>()
    fake.holds = { [step]: promise }
    const controller = new AbortController()
    const work = read(adapter.stream(callOf({}, { signal: controller.signal })))
    await expect.poll(() => fake.log).toContain(step)
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(work).rejects.toBe(reason)
    resolve()
    await expect.poll(() => fake.log.slice(-2)).toEqual(['abort', 'delete'])
    expect(fake.open.size).toBe(0)
  })

  it('is never created for a signal that has fired already', async () => {
    const { adapter, fake } = made()
    await expect(adapter.complete(callOf({}, { signal: AbortSignal.abort(new Error('before')) }))).rejects.toThrow('before')
    expect(fake.log).toEqual([])
  })

  it('ends with the signal where it has gone silent, after handing over what came', async () => {
    const { adapter, fake } = made(() => [event.text('Hel')])
    const controller = new AbortController()
    const seen: unknown[] = []
    const reading = (async () => {
      for await (const chunk of adapter.stream(callOf({}, { signal: controller.signal }))) {
        seen.push(chunk.choices[0]?.delta.content)
        if (seen.length === 2) controller.abort(new Error('enough'))
      }
    })()
    await expect(reading).rejects.toThrow('enough')
    expect(seen).toEqual(['', 'Hel'])
    expect(await tidy(fake)).toContain('abort')
  })

  it('tells the router that the vendor has accepted the call, once, when it begins to answer', async () => {
    const { adapter } = made()
    const seen: Headers[] = []
    await adapter.complete(callOf({}, { onHeaders: (headers) => seen.push(headers) }))
    expect(seen.length).toBe(1)
  })
})

describe('a failure', () => {
  const key = secret.reveal()

  it.each([
    ['auth', event.error('authentication')],
    ['auth', event.error('authorization', { statusCode: 401 })],
    ['permission', event.error('authorization', { statusCode: 403 })],
    ['quota', event.error('quota', { statusCode: 402, errorCode: 'quota_exceeded' })],
    ['quota', event.error('quota', { statusCode: 403, errorCode: 'billing_not_configured' })],
    ['rate_limit', event.error('rate_limit', { errorCode: 'user_weekly_rate_limited' })],
    ['rate_limit', event.error('rate_limit', { statusCode: 403 })],
    ['context_length', event.error('context_limit')],
    ['server', event.error('query')],
    ['server', event.error('query', { statusCode: 500 })],
    ['invalid_request', event.error('query', { statusCode: 400 })],
    ['rate_limit', event.callFailure({ statusCode: 429, errorMessage: '{"message":"slow","code":"user_model_rate_limited"}' })],
    ['quota', event.callFailure({ statusCode: 402, errorMessage: '{"message":"no","code":"quota_exceeded"}' })],
    [
      'context_length',
      event.callFailure({ statusCode: 400, errorMessage: '{"message":"long","code":"model_max_prompt_tokens_exceeded"}' }),
    ],
    ['auth', event.callFailure({ statusCode: 401, errorMessage: '"401 Unauthorized"' })],
    ['server', event.callFailure({ statusCode: 502, errorMessage: '"502 Bad Gateway"' })],
    ['overloaded', event.callFailure({ errorMessage: '{"message":"busy","type":"service_unavailable_error"}' })],
    ['network', event.callFailure({ errorMessage: '"error sending request"' })],
    ['network', event.callFailure()],
    ['malformed', event.callFailure({ errorMessage: '"Failed to finalize chat-completions stream: missing finish_reason"' })],
    ['truncated', event.idle],
    ['truncated', { type: 'session.idle', data: { aborted: true } } as const],
    ['truncated', { type: 'session.shutdown', data: {} } as const],
  ] as const)('is %s: %o', async (kind, last) => {
    expect((await failed(made(() => [last]).adapter)).kind).toBe(kind)
  })

  it('has the words, the status, the code and the request id, and no key', async () => {
    const words = `Bad token ${key}.`
    const errors = [
      event.callFailure({
        statusCode: 429,
        errorMessage: JSON.stringify({ message: words, code: 'rate_limited' }),
        serviceRequestId: 'r-1',
      }),
      event.error('rate_limit', { statusCode: 429, message: words, errorCode: 'rate_limited', providerCallId: 'r-1' }),
    ]
    for (const error of errors) {
      const failure = await failed(made(() => [error]).adapter)
      expect(failure).toMatchObject({ status: 429, code: 'rate_limited', requestId: 'r-1', message: 'Bad token [secret].' })
      expect(JSON.stringify(failure)).not.toContain(key)
    }
  })

  it.each([
    ['truncated', event.callFailure({ errorMessage: '"Failed native model HTTP request: terminated"' })],
    ['truncated', event.callFailure({ errorMessage: '"Failed to parse chat-completions stream chunk"' })],
    ['rate_limit', event.callFailure({ statusCode: 429, errorMessage: '"slow down"' })],
    ['quota', event.error('quota')],
    ['truncated', event.idle],
  ] as const)('after the first words is %s, and they are handed over: %o', async (kind, last) => {
    expect(await failed(made(() => [event.text('Hel'), last]).adapter)).toMatchObject({ kind, text: 'Hel' })
  })

  it('comes at once: what the runtime would try again is the router’s to decide', async () => {
    const { adapter } = made(() => [event.callFailure({ statusCode: 500, errorMessage: '"boom"' }), ...answer('second try')])
    expect(await failed(adapter)).toMatchObject({ kind: 'server', status: 500, text: '' })
  })

  it('is that there is no such model, before the runtime takes another in its place', async () => {
    const { adapter } = made(() => [event.served('gpt-5.4'), event.served('claude-sonnet-4'), ...answer('Hi')])
    expect(await failed(adapter)).toMatchObject({ kind: 'not_found', code: 'model_not_found', text: '' })
  })

  it.each([
    ['auth', 'Request session.create failed with message: SDK session authentication failed: network fetch failed'],
    ['network', 'Connection is closed.'],
    ['internal', 'Something new.'],
  ])('is %s where no session can be created: %s', async (kind, message) => {
    const { adapter, fake } = made()
    fake.failures = { create: new Error(`${message} ${key}`) }
    const failure = await failed(adapter)
    expect(failure.kind).toBe(kind)
    expect(failure.message).not.toContain(key)
  })
})

describe('the runtime', () => {
  it('is started once for calls at once, and stopped with the adapter', async () => {
    const { adapter, fake } = made()
    await Promise.all([adapter.complete(callOf()), adapter.complete(callOf()), read(adapter.stream(callOf()))])
    await tidy(fake)
    await adapter.close?.()
    expect(fake.log.filter((step) => step === 'start')).toEqual(['start'])
    expect(fake.log.at(-1)).toBe('stop')
  })

  it('is one for each key', async () => {
    const fakes = new Map<string, FakeCopilot>()
    const adapter = githubCopilot({
      client: (given) => {
        const fake = new FakeCopilot()
        fakes.set(given.reveal(), fake)
        return fake
      },
    })
    for (const name of ['one', 'two', 'one']) await adapter.complete(callOf({}, { secret: new Secret(`gho_token-${name}`) }))
    await adapter.close?.()
    expect([...fakes].map(([name, { configs }]) => [name, configs.length])).toEqual([
      ['gho_token-one', 2],
      ['gho_token-two', 1],
    ])
    for (const { log } of fakes.values()) expect(log.at(-1)).toBe('stop')
  })

  it('of which there are many is stopped when it is idle, the one that was not used for longest first', async () => {
    const fakes: FakeCopilot[] = []
    const adapter = githubCopilot({ client: () => fakes[fakes.push(new FakeCopilot()) - 1] ?? new FakeCopilot() })
    for (let key = 0; key < 10; key += 1) await adapter.complete(callOf({}, { secret: new Secret(`gho_token-${key}`) }))
    await expect.poll(() => fakes.filter(({ log }) => log.includes('stop')).length).toBe(2)
    expect(fakes.slice(0, 2).every(({ log }) => log.includes('stop'))).toBe(true)
    await adapter.close?.()
    expect(fakes.every(({ log }) => log.includes('stop'))).toBe(true)
  })

  it('that died in between is replaced on the next call', async () => {
    const fakes: FakeCopilot[] = []
    const adapter = githubCopilot({ client: () => fakes[fakes.push(new FakeCopilot()) - 1] ?? new FakeCopilot() })
    await adapter.complete(callOf())
    await tidy(fakes[0] ?? new FakeCopilot())
    for (const fake of fakes) fake.isDead = true
    expect((await adapter.complete(callOf())).choices[0]?.message.content).toBe('Hello')
    expect(fakes.length).toBe(2)
  })

  it('that dies during a call fails it, and does not look like an end', async () => {
    const { adapter, fake } = made(() => [event.text('Hel')])
    const work = failed(adapter)
    await expect.poll(() => fake.log).toContain('send')
    fake.isDead = true
    expect(await work).toMatchObject({ kind: 'network', text: 'Hel' })
  })

  it('that is worn out by its sessions is replaced, and stopped when its last one is over', async () => {
    const fakes: FakeCopilot[] = []
    const adapter = githubCopilot({ client: () => fakes[fakes.push(new FakeCopilot()) - 1] ?? new FakeCopilot() })
    const { promise, resolve } = Promise.withResolvers<void>()
    await adapter.complete(callOf())
    const [first = new FakeCopilot()] = fakes
    first.holds = { send: promise }
    const large = adapter.complete(callOf({ messages: [{ role: 'user', content: 'x'.repeat(40_000_000) }] }))
    await expect.poll(() => first.log.filter((step) => step === 'send').length).toBe(2)
    await adapter.complete(callOf())
    expect([fakes.length, first.log.includes('stop')]).toEqual([2, false])
    resolve()
    await large
    await expect.poll(() => first.log.at(-1)).toBe('stop')
  })

  it('is stopped under the calls that still use it, which fail', async () => {
    const { adapter, fake } = made(() => [event.text('Hel')])
    const work = failed(adapter)
    await expect.poll(() => fake.log).toContain('send')
    await adapter.close?.()
    expect(await work).toMatchObject({ kind: 'unusable', message: 'The provider was closed.' })
    expect(fake.log).toContain('stop')
    expect((await failed(adapter)).kind).toBe('unusable')
  })

  it('that does not start is told as such, and tried again by the next call', async () => {
    const { adapter, fake } = made()
    fake.failures = { start: new Error('CLI server exited unexpectedly with code 1') }
    expect(await failed(adapter)).toMatchObject({
      kind: 'unusable',
      message: 'The Copilot runtime did not start: CLI server exited unexpectedly with code 1',
    })
    fake.failures = {}
    expect((await adapter.complete(callOf())).choices[0]?.message.content).toBe('Hello')
  })

  it.each([
    'Could not resolve @github/copilot-sdk-linux-arm64. Reinstall @github/copilot-sdk so its platform package is installed.',
    '@github/copilot-sdk-win32-x64 is missing required Copilot CLI runtime files. Reinstall @github/copilot-sdk.',
    'Unsupported Copilot CLI platform: aix-ppc64.',
  ])('that is not installed is told with the command that installs it: %s', async (message) => {
    const { adapter, fake } = made()
    fake.failures = { start: new Error(message) }
    const failure = await failed(adapter)
    expect(failure).toMatchObject({ kind: 'unusable', code: 'MISSING_SDK' })
    expect(failure.message).toContain('npm install @github/copilot-sdk --include=optional')
  })

  it('of the user’s own is used for every key and left running', async () => {
    const fake = new FakeCopilot()
    const adapter = githubCopilot({ client: fake })
    expect(adapter.key).toBeNull()
    for (const key of ['one', 'two']) await adapter.complete(callOf({}, { secret: new Secret(key) }))
    await tidy(fake)
    await adapter.close?.()
    expect(fake.log.filter((step) => step === 'start' || step === 'stop')).toEqual(['start'])
  })
})

describe('a router', () => {
  it('serves Copilot’s models at no known price, and names the key that is missing', async () => {
    const fake = new FakeCopilot()
    const providers = [githubCopilot({ client: () => fake })]
    const messages = [{ role: 'user' as const, content: 'Hi' }]
    const client = createRouter({ providers, keys: memoryKeys({ COPILOT_GITHUB_TOKEN: 'gho_token-of-the-tests' }) })
    const completion = await client.chat.completions.create({ model: 'github-copilot/gpt-5.4', messages, temperature: 0.2 })
    expect(completion.choices[0]?.message.content).toBe('Hello')
    expect(routeOf(completion)).toMatchObject({ provider: 'github-copilot', costUsd: null })
    const keyless = createRouter({ providers, keys: memoryKeys({}) })
    const refused = keyless.chat.completions.create({ model: 'github-copilot/gpt-5.4', messages })
    await expect(refused).rejects.toThrow('COPILOT_GITHUB_TOKEN')
    await client.close()
    expect(fake.log.at(-1)).toBe('stop')
  })
})

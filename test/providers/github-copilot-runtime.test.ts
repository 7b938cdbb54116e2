// The real SDK and its runtime process, offline: against the simulator with a vendor's own key, and against a stand-in for
// Copilot's API with a GitHub token.
import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createRouter, memoryKeys } from '../../src/index.ts'
import type { ProviderAdapter } from '../../src/contracts/adapter.ts'
import type { ChatCompletionChunk } from '../../src/contracts/chat.ts'
import { githubCopilot } from '../../src/providers/github-copilot/index.ts'
import { describeAdapter, vendorSimulator } from '../../src/testing/index.ts'
import type { VendorSimulator } from '../../src/testing/index.ts'
import { callOf } from './github-copilot-fake.ts'

const root = join(import.meta.dirname, '../..')
const platforms = join(root, 'node_modules/@github')
const isInstalled = existsSync(platforms) && readdirSync(platforms).some((name) => name.startsWith('copilot-sdk-'))
const withRuntime = isInstalled ? describe : describe.skip
const without = isInstalled ? '' : ' (skipped: the Copilot runtime for this platform is not installed)'

/** A runtime starts in a quarter of a second where nothing else is at work. */
const patience = { timeout: 180_000 }

const leftOut: string[] = []

if (isInstalled)
  describeAdapter({
    describe,
    it: Object.assign((name: string, run: () => Promise<void>) => it(name, patience, run), {
      skip: (name: string) => leftOut.push(name),
    }),
    name: 'githubCopilot() with a vendor’s own key, over the real runtime,',
    wire: 'openai',
    create: ({ baseURL = 'https://api.openai.com/v1', fetch }) =>
      githubCopilot({ provider: { type: 'openai' }, tools: true, baseURL, fetch }),
    environment: process.env,
    patienceMs: 30_000,
    skip: {
      embeddings: 'Copilot makes none',
      'served model': 'the runtime tells the name that it asked for, not the one in the answer',
      'provider options': 'a session has options and no body; what may be set is in another test',
      'no answers': 'every model request of the runtime is a stream: see broken streams',
    },
  })

it.runIf(isInstalled)('leaves out of the contract what a session cannot have', () => {
  expect(leftOut.length).toBe(5)
})

/** The processes of runtimes that this process has started. */
async function runtimes(parent = process.pid): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='])
  const lines = stdout.split('\n').map((line) => line.trim().split(/\s+/))
  return lines.flatMap(([pid = '', ppid, state = '', command = '']) =>
    Number(ppid) === parent && command.includes('copilot-runtime') && !state.startsWith('Z') ? [pid] : [],
  )
}

const directories = (): readonly string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('modelyard-copilot-'))

async function failureOf(adapter: ProviderAdapter, work: Promise<unknown>) {
  try {
    await work
  } catch (error) {
    return adapter.failure(error)
  }
  throw new Error('it succeeded')
}

withRuntime(`githubCopilot() over the real runtime${without}`, patience, () => {
  let simulator: VendorSimulator
  let adapter: ProviderAdapter

  beforeAll(async () => {
    simulator = await vendorSimulator()
    adapter = githubCopilot({ provider: { type: 'openai' }, baseURL: simulator.openai.baseURL })
  })
  afterAll(async () => {
    await adapter.close?.()
    await simulator[Symbol.asyncDispose]()
  })

  it('answers through a router, with and without stream, in one model request each', async () => {
    const client = createRouter({ providers: [adapter], keys: memoryKeys({ OPENAI_API_KEY: 'sk-of-the-runtime-tests' }) })
    simulator.reset()
    simulator.answer('openai', { deltas: ['one ', 'two'], reasoning: 'Let me think.' })
    const body = { model: 'github-copilot/gpt-4o', messages: [{ role: 'user' as const, content: 'Hi' }] }
    const { choices, usage } = await client.chat.completions.create(body)
    expect(choices[0]?.message).toMatchObject({ content: 'one two', reasoning_content: 'Let me think.' })
    const chunks: ChatCompletionChunk[] = []
    for await (const chunk of await client.chat.completions.create({
      ...body,
      stream: true,
      stream_options: { include_usage: true },
    }))
      chunks.push(chunk)
    expect(chunks.map(({ choices: [choice] }) => choice?.delta.content ?? '').join('')).toBe('one two')
    expect(chunks.at(-1)?.usage).toEqual(usage)
    expect(simulator.requests.map(({ key, path }) => [key, path])).toEqual([
      ['sk-of-the-runtime-tests', '/v1/chat/completions'],
      ['sk-of-the-runtime-tests', '/v1/chat/completions'],
    ])
  })

  it('sends what was asked, a date before it, and no tools, no prompt and no files of its own', async () => {
    simulator.reset()
    const request = {
      messages: [
        { role: 'system' as const, content: 'Be brief.' },
        { role: 'user' as const, content: '/help @README.md' },
      ],
    }
    await adapter.complete(callOf(request, { model: 'gpt-4o' }))
    expect(simulator.requests[0]?.body).toEqual({
      model: 'gpt-4o',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: expect.stringMatching(/^<current_datetime>[^<]+<\/current_datetime>\n\n\/help @README\.md$/) },
      ],
      reasoning_effort: 'medium',
      temperature: 1,
      stream: true,
      stream_options: { include_usage: true },
    })
  })

  it('does not let the runtime make a model go on that has reached its limit, or try a failed request again', async () => {
    simulator.reset()
    simulator.answer('openai', { text: 'a part', finish: 'length' })
    const { choices } = await adapter.complete(callOf({}, { model: 'gpt-4o' }))
    expect([choices[0]?.message.content, choices[0]?.finish_reason]).toEqual(['a part', 'length'])
    simulator.failOnce('openai', 'rate-limit', { retryAfter: { seconds: 7 } })
    const failure = await failureOf(adapter, adapter.complete(callOf({}, { model: 'gpt-4o' })))
    expect(failure).toMatchObject({ kind: 'rate_limit', status: 429, retryAfterMs: 7000 })
    await simulator.settled()
    expect(simulator.requests.length).toBe(2)
  })

  it('closes the connection to the vendor with the caller’s abort, and serves the next call', async () => {
    simulator.reset()
    simulator.fail('openai', 'stall-mid-body', { after: 1 })
    const controller = new AbortController()
    const reading = (async () => {
      for await (const _ of adapter.stream(callOf({}, { model: 'gpt-4o', signal: controller.signal })))
        controller.abort(new Error('enough'))
    })()
    await expect(reading).rejects.toThrow('enough')
    expect(await simulator.requests[0]?.ended).toBe('aborted')
    simulator.reset()
    expect((await adapter.complete(callOf({}, { model: 'gpt-4o' }))).choices[0]?.finish_reason).toBe('stop')
  })

  it('speaks the format of another vendor, and of the other API', async () => {
    simulator.reset()
    simulator.answer('*', { text: 'Hello', usage: { input: 11, cached: 500, output: 7, reasoning: 30 } })
    const others = [
      githubCopilot({ provider: { type: 'anthropic' }, baseURL: simulator.anthropic.baseURL }),
      githubCopilot({ provider: { wireApi: 'responses' }, baseURL: simulator.openai.baseURL }),
    ]
    for (const [index, other] of others.entries()) {
      const { choices, usage } = await other.complete(callOf({}, { model: ['claude-sonnet-5', 'gpt-5.4'][index] ?? '' }))
      expect([choices[0]?.message.content, usage?.prompt_tokens, usage?.completion_tokens]).toEqual(['Hello', 511, 37])
      await other.close?.()
    }
    expect(simulator.requests.map(({ path }) => path)).toEqual(['/v1/messages', '/v1/responses'])
  })

  it('fails the call under which its runtime is killed, and starts another for the next', async () => {
    simulator.reset()
    simulator.fail('openai', 'stall-mid-body', { after: 1 })
    const before = await runtimes()
    const own = githubCopilot({ provider: {}, baseURL: simulator.openai.baseURL })
    const seen: unknown[] = []
    const reading = (async () => {
      for await (const chunk of own.stream(callOf({}, { model: 'gpt-4o' }))) {
        seen.push(chunk.choices[0]?.finish_reason)
        if (seen.length > 1) continue
        for (const pid of await runtimes()) if (!before.includes(pid)) process.kill(Number(pid), 'SIGKILL')
      }
    })()
    expect((await failureOf(own, reading)).kind).toBe('network')
    expect(seen.length).toBeGreaterThan(0)
    expect(seen.every((reason) => reason === null)).toBe(true)
    simulator.reset()
    expect((await own.complete(callOf({}, { model: 'gpt-4o' }))).choices[0]?.finish_reason).toBe('stop')
    await own.close?.()
    expect(await runtimes()).toEqual(before)
  })

  it('leaves no process and no file behind when it is closed', async () => {
    simulator.reset()
    const before = { processes: await runtimes(), files: directories() }
    const isNew = (name: string): boolean => !before.files.includes(name)
    const own = githubCopilot({ provider: {}, baseURL: simulator.openai.baseURL })
    await own.complete(callOf({}, { model: 'gpt-4o' }))
    expect((await runtimes()).length).toBe(before.processes.length + 1)
    const used = directories().filter(isNew)
    expect(used.length).toBeGreaterThan(0)
    await own.close?.()
    expect(await runtimes()).toEqual(before.processes)
    expect(directories().filter((name) => used.includes(name))).toEqual([])
  })

  it('does not keep an application alive that has forgotten to close it, nor does it outlive that', async () => {
    simulator.reset()
    const script = `
      const { githubCopilot } = await import('modelyard/github-copilot')
      const { createRouter, memoryKeys } = await import('modelyard')
      const providers = [githubCopilot({ provider: {}, baseURL: '${simulator.openai.baseURL}' })]
      const client = createRouter({ providers, keys: memoryKeys({ OPENAI_API_KEY: 'sk-of-the-runtime-tests' }) })
      const messages = [{ role: 'user', content: 'Hi' }]
      const { choices } = await client.chat.completions.create({ model: 'github-copilot/gpt-4o', messages })
      console.log(choices[0].finish_reason, process.pid)`
    const directory = await mkdtemp(join(tmpdir(), 'modelyard-test-'))
    const hooks = join(root, 'scripts/from-source.mjs')
    const ran = await promisify(execFile)(process.execPath, ['--import', hooks, '--input-type=module', '-e', script], {
      cwd: root,
      env: { ...process.env, TMPDIR: directory },
    })
    const [, finish, pid] = /^(\w+) (\d+)$/m.exec(ran.stdout) ?? []
    expect([finish, ran.stderr]).toEqual(['stop', ''])
    expect(await runtimes(Number(pid))).toEqual([])
    expect(readdirSync(directory)).toEqual([])
    await rm(directory, { recursive: true })
  })
})

const sse = (chunk: object): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'gpt-5.4', ...chunk })}\n\n`

/** Copilot's own API as far as a session asks for it. */
async function copilotApi(answers: { status?: number; body?: object; headers?: Record<string, string> } = {}) {
  const requests: { path: string; authorization: string; model: unknown }[] = []
  const model = {
    id: 'gpt-5.4',
    name: 'GPT-5.4',
    object: 'model',
    vendor: 'openai',
    version: 'gpt-5.4',
    preview: false,
    model_picker_enabled: true,
    capabilities: {
      family: 'gpt-5.4',
      type: 'chat',
      object: 'model_capabilities',
      tokenizer: 'o200k_base',
      limits: { max_context_window_tokens: 400_000, max_output_tokens: 16_384, max_prompt_tokens: 300_000 },
      supports: { streaming: true, tool_calls: true },
    },
  }
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const text = Buffer.concat(pieces).toString()
      const body: { model?: unknown } = text === '' ? {} : JSON.parse(text)
      requests.push({ path: request.url ?? '', authorization: request.headers.authorization ?? '', model: body.model })
      if (request.url === '/models')
        return response.setHeader('content-type', 'application/json').end(JSON.stringify({ data: [model] }))
      if (answers.status !== undefined)
        return response
          .writeHead(answers.status, { 'content-type': 'application/json', ...answers.headers })
          .end(JSON.stringify(answers.body))
      response.setHeader('content-type', 'text/event-stream')
      response.write(sse({ choices: [{ index: 0, delta: { role: 'assistant', content: 'Hello' } }] }))
      response.write(
        sse({
          choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
          usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
        }),
      )
      return response.end('data: [DONE]\n\n')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  const baseURL = `http://127.0.0.1:${address.port}`
  // Nothing of this may reach the real GitHub: what the runtime asks there goes to a proxy that is none.
  const adapter = githubCopilot({ baseURL, env: { HTTPS_PROXY: 'http://127.0.0.1:9' } })
  return {
    adapter,
    requests,
    [Symbol.asyncDispose]: async () => {
      await adapter.close?.()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

withRuntime(`githubCopilot() with a GitHub token, over the real runtime${without}`, patience, () => {
  it('asks Copilot’s API, by the token of the call, and nothing of GitHub’s tool server', async () => {
    await using api = await copilotApi()
    const { choices, usage, model } = await api.adapter.complete(callOf())
    expect([choices[0]?.message.content, usage?.total_tokens, model]).toEqual(['Hello', 5, 'gpt-5.4'])
    expect(api.requests.map(({ path }) => path)).toEqual(['/models', '/chat/completions'])
    for (const { authorization } of api.requests) expect(authorization).toBe('Bearer gho_token-of-the-tests')
  })

  it('reads none of the variables that Copilot’s own programs read', async () => {
    const poison = {
      COPILOT_GITHUB_TOKEN: 'gho_poison',
      GH_TOKEN: 'gho_poison',
      GITHUB_TOKEN: 'gho_poison',
      COPILOT_API_URL: 'http://127.0.0.1:9',
      COPILOT_CLI_PATH: '/nowhere',
      COPILOT_SDK_DEFAULT_CONNECTION: 'inprocess',
      COPILOT_PROVIDER_BASE_URL: 'http://127.0.0.1:9',
      COPILOT_MODEL: 'poison',
    }
    for (const [name, value] of Object.entries(poison)) vi.stubEnv(name, value)
    try {
      await using api = await copilotApi()
      expect((await api.adapter.complete(callOf())).choices[0]?.message.content).toBe('Hello')
      for (const { authorization, model = 'gpt-5.4' } of api.requests)
        expect([authorization, model]).toEqual(['Bearer gho_token-of-the-tests', 'gpt-5.4'])
    } finally {
      vi.unstubAllEnvs()
    }
  })

  it('refuses a model that the account has not, before another is asked in its place', async () => {
    await using api = await copilotApi()
    const failure = await failureOf(api.adapter, api.adapter.complete(callOf({}, { model: 'gpt-1' })))
    expect(failure).toMatchObject({ kind: 'not_found', code: 'model_not_found' })
    expect(api.requests.map(({ path }) => path)).toEqual(['/models'])
  })

  it.each([
    ['auth', 401, {}],
    ['quota', 402, { error: { message: 'You have exceeded your premium request allowance', code: 'quota_exceeded' } }],
    ['permission', 403, { error: { message: 'No licence', code: 'feature_not_enabled' } }],
    ['rate_limit', 429, { error: { message: 'Slow down', code: 'user_weekly_rate_limited' } }],
    ['context_length', 400, { error: { message: 'Too long', code: 'model_max_prompt_tokens_exceeded' } }],
    ['server', 500, {}],
  ] as const)('says %s for a %i, in one request', async (kind, status, body) => {
    await using api = await copilotApi({ status, body, headers: { 'retry-after': '60' } })
    const failure = await failureOf(api.adapter, api.adapter.complete(callOf()))
    expect(failure).toMatchObject({ kind, status, retryAfterMs: 60_000 })
    expect(api.requests.filter(({ path }) => path === '/chat/completions').length).toBe(1)
  })
})

import { existsSync, readFileSync } from 'node:fs'
import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand, ValidationException } from '@aws-sdk/client-bedrock-runtime'
import type { ConverseStreamOutput } from '@aws-sdk/client-bedrock-runtime'
import { afterEach, describe, expect, it } from 'vitest'
import { vendorSimulator } from '../../src/testing/index.ts'
import type { VendorSimulator } from '../../src/testing/index.ts'
import { bedrockDialect } from '../../src/testing/simulator/bedrock.ts'

const modelId = 'us.anthropic.claude-sonnet-4-6'
const simulators: VendorSimulator[] = []

afterEach(async () => {
  for (const each of simulators.splice(0)) await each.close()
})

interface Setting {
  readonly simulator: VendorSimulator
  /** The vendor's SDK as it is, but for the transport: the simulator speaks HTTP/1.1. */
  readonly client: BedrockRuntimeClient
}

async function setting(): Promise<Setting> {
  const simulator = await vendorSimulator({ dialects: [bedrockDialect] })
  simulators.push(simulator)
  const client = new BedrockRuntimeClient({
    region: 'us-east-1',
    endpoint: simulator.door('bedrock').baseURL,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler: {
      async handle(request: { hostname: string; port: number; path: string; headers: Record<string, string>; body: Uint8Array }) {
        const url = `http://${request.hostname}:${request.port}${request.path}`
        const { status, headers, body } = await fetch(url, { method: 'POST', headers: request.headers, body: request.body })
        return { response: { statusCode: status, headers: Object.fromEntries(headers), body } }
      },
    },
  })
  return { simulator, client }
}

const messages = [{ role: 'user' as const, content: [{ text: 'Hello' }] }]

async function eventsOf(client: BedrockRuntimeClient): Promise<readonly ConverseStreamOutput[]> {
  const { stream } = await client.send(new ConverseStreamCommand({ modelId, messages }))
  const events: ConverseStreamOutput[] = []
  for await (const event of stream ?? []) events.push(event)
  return events
}

describe('the simulated service', () => {
  it("is read by the vendor's own SDK: answer, usage, reasoning and calls", async () => {
    const { simulator, client } = await setting()
    simulator.answer('bedrock', {
      reasoning: 'Hm.',
      text: 'Grüße 👋',
      toolCalls: [{ name: 'now' }],
      usage: { input: 3, cached: 4 },
    })
    const { output, stopReason, usage } = await client.send(new ConverseCommand({ modelId, messages }))
    expect(output?.message?.content).toMatchObject([
      { reasoningContent: { reasoningText: { text: 'Hm.', signature: expect.any(String) } } },
      { text: 'Grüße 👋' },
      { toolUse: { name: 'now', input: {} } },
    ])
    expect([stopReason, usage?.inputTokens, usage?.cacheReadInputTokens]).toEqual(['tool_use', 3, 4])
  })

  it('sends frames that the SDK decodes, wherever they are cut', async () => {
    const { simulator, client } = await setting()
    for (const chunking of ['events', 'whole', 'bytes:1', { random: 3 }] as const) {
      simulator.queue('bedrock', { text: 'Grüße, 世界 👋', chunking })
      const events = await eventsOf(client)
      const text = events.map(({ contentBlockDelta }) => contentBlockDelta?.delta?.text ?? '').join('')
      expect(text).toBe('Grüße, 世界 👋')
      expect(events.map((event) => Object.keys(event)[0]).filter((name) => name !== 'contentBlockDelta')).toEqual([
        'messageStart',
        'contentBlockStop',
        'messageStop',
        'metadata',
      ])
    }
  })

  it('refuses and breaks off in the words of the service, which the SDK turns into its exceptions', async () => {
    const { simulator, client } = await setting()
    await expect(client.send(new ConverseCommand({ modelId, messages: [] }))).rejects.toBeInstanceOf(ValidationException)
    simulator.failOnce('bedrock', 'rate-limit')
    await expect(client.send(new ConverseCommand({ modelId, messages }))).rejects.toMatchObject({
      name: 'ThrottlingException',
      $metadata: { httpStatusCode: 429 },
    })
    simulator.failOnce('bedrock', 'error-mid-stream')
    await expect(eventsOf(client)).rejects.toMatchObject({ name: 'ServiceUnavailableException' })
  })

  it.each([
    ['two turns of one role', [...messages, ...messages], {}],
    ['blank text', [{ role: 'user', content: [{ text: ' ' }] }], {}],
    ['an assistant that begins', [{ role: 'assistant', content: [{ text: 'x' }] }], {}],
    ['calls without toolConfig', [...messages, call('a'), result('a')], {}],
    ['a call without its result', [...messages, call('a'), ...messages], tools('f')],
    [
      'a result without its call',
      [{ role: 'user', content: [{ toolResult: { toolUseId: 'a', content: [{ text: 'x' }] } }] }],
      tools('f'),
    ],
    ['an id that is no id', [...messages, call('a b'), result('a b')], tools('f')],
    ['a tool with a bad name', messages, tools('no spaces')],
    ['an unknown field', messages, { max_tokens: 5 }],
    ['a temperature above 1', messages, { inferenceConfig: { temperature: 1.5 } }],
  ])('refuses %s', (_, given, rest) => {
    expect(refusal(modelId, { messages: given, ...rest })).toBeDefined()
  })

  it('refuses what a certain model does not know', () => {
    expect(refusal('amazon.titan-text-lite-v1', { messages, system: [{ text: 'x' }] })).toBeDefined()
    expect(
      refusal('mistral.mistral-large-2407-v1:0', {
        messages: [...messages, call('tooluse_1'), result('tooluse_1')],
        ...tools('f'),
      }),
    ).toBeDefined()
    expect(
      refusal('mistral.mistral-large-2407-v1:0', {
        messages: [...messages, call('abcdefghi'), result('abcdefghi')],
        ...tools('f'),
      }),
    ).toBeUndefined()
  })

  // Recorded traffic lies beside the project, not in it.
  const recorded = new URL('../../../shared/corpus/open/index.json', import.meta.url)
  it.skipIf(!existsSync(recorded))('accepts every request that the real service accepted, where the recordings are at hand', () => {
    const index: unknown = JSON.parse(readFileSync(recorded, 'utf8'))
    const refused: unknown[] = []
    let seen = 0
    for (const { id, provider, status } of Array.isArray(index) ? index : []) {
      if (provider !== 'bedrock' || status !== 200) continue
      const file = new URL(`cases/${id}.json`, recorded)
      // The recorder cut long base64 short.
      const { request, model } = JSON.parse(readFileSync(file, 'utf8').replaceAll(/…[^"]*trimmed\]/g, ''))
      if (request?.messages === undefined) continue
      seen += 1
      const problem = refusal(String(model ?? modelId), request)
      if (problem !== undefined) refused.push([id, problem])
    }
    expect(seen).toBeGreaterThan(10)
    expect(refused).toEqual([])
  })
})

function refusal(model: string, body: Readonly<Record<string, unknown>>): unknown {
  const path = `/model/${encodeURIComponent(model)}/converse`
  const request = { method: 'POST', path, query: new URLSearchParams(), base: '', headers: { authorization: 'Bearer key' }, body }
  const turn = bedrockDialect.read(request)
  return turn === undefined ? 'no such path' : bedrockDialect.check(request, turn)?.body
}

function call(toolUseId: string): object {
  return { role: 'assistant', content: [{ toolUse: { toolUseId, name: 'f', input: {} } }] }
}

function result(toolUseId: string): object {
  return { role: 'user', content: [{ toolResult: { toolUseId, content: [{ text: 'x' }] } }] }
}

function tools(name: string): Readonly<Record<string, unknown>> {
  return { toolConfig: { tools: [{ toolSpec: { name, description: 'd', inputSchema: { json: { type: 'object' } } } }] } }
}

import { context, trace } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRouter, memoryKeys } from '../src/index.ts'
import { openTelemetry } from '../src/otel/index.ts'
import { anthropic, anthropicBedrock, anthropicVertex } from '../src/providers/anthropic/index.ts'
import { azure } from '../src/providers/azure/index.ts'
import { bedrock } from '../src/providers/bedrock/index.ts'
import { builtinAdapters } from '../src/providers/builtin.ts'
import {
  cohere,
  deepseek,
  groq,
  moonshot,
  ollama,
  openaiCompatible,
  openrouter,
  together,
  xai,
} from '../src/providers/family/index.ts'
import { githubCopilot } from '../src/providers/github-copilot/index.ts'
import { google, vertex } from '../src/providers/google/index.ts'
import { m365Copilot } from '../src/providers/m365-copilot/index.ts'
import { codestral, mistral } from '../src/providers/mistral/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import { perplexity } from '../src/providers/perplexity/index.ts'
import { replicate } from '../src/providers/replicate/index.ts'
import { vendorSimulator } from '../src/testing/index.ts'
import type { VendorSimulator, WireFetch } from '../src/testing/index.ts'
import { doors } from './every-vendor.ts'
import { forget, sdk } from './otel/sdk.ts'

const messages = [{ role: 'user' as const, content: 'a secret question' }]
const idOf = (span: ReadableSpan) => span.spanContext().spanId

let simulator: VendorSimulator
beforeAll(async () => {
  simulator = await vendorSimulator()
})
afterAll(async () => {
  await simulator.close()
  forget()
})

describe("a vendor's SDK", () => {
  it.each(doors.map((door) => [door.name, door] as const))(
    'makes its requests within the span of their attempt: %s',
    async (_name, door) => {
      const { tracerProvider, spans } = sdk()
      const { baseURL } = simulator.door(door.vendor)
      const within: (string | undefined)[] = []
      const fetch: WireFetch = async (input, init) => {
        within.push(trace.getSpan(context.active())?.spanContext().spanId)
        return globalThis.fetch(input, init)
      }
      const adapter = door.create({ baseURL, fetch })
      const client = createRouter({
        providers: [adapter],
        keys: memoryKeys(adapter.key === null ? {} : { [String(adapter.key)]: 'any-key' }),
        telemetry: openTelemetry({ tracerProvider }),
      })
      const model = `${adapter.id}/${door.model}`
      await client.chat.completions.create({ model, messages })
      for await (const chunk of await client.chat.completions.create({ model, messages, stream: true })) void chunk
      await client.close()
      const attempts = spans().filter(({ attributes }) => attributes['modelyard.attempt.number'] !== undefined)
      expect(attempts).toHaveLength(2)
      expect(within.length).toBeGreaterThanOrEqual(2)
      expect(new Set(within)).toEqual(new Set(attempts.map(idOf)))
      const { hostname, port } = new URL(baseURL)
      for (const { attributes } of attempts) {
        expect(attributes['gen_ai.provider.name']).toBe(adapter.service?.name)
        expect([attributes['server.address'], attributes['server.port']]).toEqual([hostname, Number(port)])
        expect(attributes['gen_ai.response.finish_reasons']).toEqual(['stop'])
      }
    },
  )
})

describe('gen_ai.provider.name', () => {
  const region = 'eu-central-1'
  it.each([
    ['openai', 'api.openai.com', openai()],
    ['anthropic', 'api.anthropic.com', anthropic()],
    ['aws.bedrock', 'bedrock-runtime.eu-central-1.amazonaws.com', anthropicBedrock({ region })],
    ['gcp.vertex_ai', 'aiplatform.googleapis.com', anthropicVertex({ project: 'p', key: 'TOKEN' })],
    ['gcp.gemini', 'generativelanguage.googleapis.com', google()],
    ['gcp.vertex_ai', 'aiplatform.googleapis.com', vertex()],
    ['mistral_ai', 'api.mistral.ai', mistral()],
    ['mistral_ai', 'codestral.mistral.ai', codestral()],
    ['aws.bedrock', 'bedrock-runtime.eu-central-1.amazonaws.com', bedrock({ region })],
    ['azure.ai.openai', 'mine.openai.azure.com', azure({ resource: 'mine' })],
    ['perplexity', 'api.perplexity.ai', perplexity()],
    ['replicate', 'api.replicate.com', replicate()],
    ['github-copilot', undefined, githubCopilot()],
    ['m365-copilot', 'graph.microsoft.com', m365Copilot()],
    ['x_ai', 'api.x.ai', xai()],
    ['deepseek', 'api.deepseek.com', deepseek()],
    ['groq', 'api.groq.com', groq()],
    ['cohere', 'api.cohere.com', cohere()],
    ['moonshot_ai', 'api.moonshot.ai', moonshot()],
    ['openrouter', 'openrouter.ai', openrouter()],
    ['together', 'api.together.xyz', together()],
    ['ollama', 'localhost', ollama()],
    ['mine', 'models.mine.test', openaiCompatible({ id: 'mine', baseURL: 'https://models.mine.test/v1' })],
  ])("is the conventions' own where they have one: %s at %s", (name, address, adapter) => {
    expect(adapter.service).toMatchObject({ name, ...(address !== undefined && { address }) })
    expect(adapter.service?.address).toBe(address)
  })

  it.each(builtinAdapters.map((make) => [make().id, make] as const))(
    'is that of the adapter itself once %s is loaded',
    async (_id, make) => {
      const lazy = make()
      await lazy.load?.()
      expect(lazy.service).toMatchObject({ name: expect.any(String), address: expect.any(String), port: 443 })
    },
  )

  it('says nothing of where a client of your own goes', () => {
    expect(openai({ client: () => expect.unreachable() }).service).toEqual({ name: 'openai' })
  })
})

// The router and the bare client making the same calls, and the router over an adapter that costs nothing.
import OpenAI from 'openai'
import { createRouter, memoryKeys, type ProviderAdapter } from 'modelyard'
import { openai } from 'modelyard/openai'
import { sideBySide, type Contender, type Plan, type Timing } from './measure.ts'
import { chunkCount, chunks, completion, messages, transport } from './wire.ts'

const model = 'gpt-4o'

/** The two clients over the same transport. */
function clients(): { readonly bare: OpenAI; readonly router: OpenAI } {
  return {
    bare: new OpenAI({ apiKey: 'sk-x', baseURL: 'https://api.openai.com/v1', fetch: transport }),
    router: createRouter({ providers: [openai({ fetch: transport })], keys: memoryKeys({ OPENAI_API_KEY: 'sk-x' }) }),
  }
}

/** An adapter without a wire: what is left is the router. */
function nothing(): ProviderAdapter {
  return {
    id: 'nothing',
    key: null,
    models: [{ provider: 'nothing', id: model, tier: 'standard', input: ['text'], features: ['streaming'], prices: null }],
    supports: () => ({ level: 'yes', dropped: [] }),
    complete: async () => structure(),
    stream: () => play(),
    failure: (error) => ({ kind: 'internal', message: String(error) }),
  }
}

/** A fresh answer, as any adapter makes one. */
const structure = (): OpenAI.ChatCompletion => ({ ...completion, choices: completion.choices.map((choice) => ({ ...choice })) })

async function* play(): AsyncGenerator<OpenAI.ChatCompletionChunk> {
  for (const chunk of chunks) yield chunk
}

function unary(client: OpenAI, name: string, characters: number): Contender {
  const body = { model, messages: messages(characters) }
  return {
    name,
    run: async () => {
      const answer = await client.chat.completions.create(body)
      if (answer.choices.length !== 1) throw new Error(`${name} gave no answer`)
    },
  }
}

function streamed(client: OpenAI, name: string): Contender {
  const body = { model, messages: messages(700), stream: true } as const
  return {
    name,
    run: async () => {
      let count = 0
      for await (const chunk of await client.chat.completions.create(body)) count += chunk.choices.length
      if (count !== chunkCount) throw new Error(`${name} gave ${count} chunks`)
    },
  }
}

export async function overTransport(
  unaryPlan: Plan,
  streamPlan: Plan,
): Promise<{ readonly unary: readonly Timing[]; readonly stream: readonly Timing[] }> {
  const { bare, router } = clients()
  return {
    unary: await sideBySide([unary(router, 'router', 700), unary(bare, 'bare', 700)], unaryPlan),
    stream: await sideBySide([streamed(router, 'router'), streamed(bare, 'bare')], streamPlan),
  }
}

/** The router's own cost: the same adapter asked through it and directly. */
export async function routerAlone(characters: number, plan: Plan): Promise<readonly Timing[]> {
  const adapter = nothing()
  const router = createRouter({ providers: [adapter], keys: memoryKeys({}) })
  const direct: Contender = {
    name: 'direct',
    run: async () => {
      await structureLater()
    },
  }
  return await sideBySide([unary(router, 'router', characters), direct], plan)
}

async function structureLater(): Promise<OpenAI.ChatCompletion> {
  return structure()
}

export async function routerAloneStreamed(plan: Plan): Promise<readonly Timing[]> {
  const router = createRouter({ providers: [nothing()], keys: memoryKeys({}) })
  const direct: Contender = {
    name: 'direct',
    run: async () => {
      let count = 0
      for await (const chunk of play()) count += chunk.choices.length
      if (count !== chunkCount) throw new Error(`direct gave ${count} chunks`)
    },
  }
  return await sideBySide([streamed(router, 'router'), direct], plan)
}

import { describe, expect, it } from 'vitest'
import type { ModelCard } from '../src/index.ts'
import { createRouter, memoryKeys, routeOf } from '../src/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import { fakeClock } from '../src/testing/index.ts'
import { until } from './faults/bench.ts'
import { rawServer } from './faults/raw-server.ts'

const messages = [{ role: 'user' as const, content: 'hello' }]

const card: ModelCard = {
  provider: 'any',
  id: 'm',
  tier: 'standard',
  input: ['text'],
  features: ['streaming'],
  prices: { input: 1, output: 1, source: 'test', asOf: '2026-01-01' },
}

const completion = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'quick', refusal: null }, finish_reason: 'stop', logprobs: null }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
})

const chunk = (delta: object, finish: string | null) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`

const streamed = `${chunk({ role: 'assistant', content: '' }, null)}${chunk({ content: 'quick' }, null)}${chunk({}, 'stop')}data: [DONE]\n\n`

const head = (type: string, length?: number) =>
  `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\n${length === undefined ? 'connection: close' : `content-length: ${length}`}\r\n\r\n`

const at = (id: string, host: string) => openai({ id, baseURL: `http://${host}/v1`, models: [{ ...card, provider: id }] })

/** A router over two servers, and what became of a call: the first keeps silent, before its head or after it. */
async function raced(stream: boolean, silentAfter: string) {
  await using slow = await rawServer({ onRequest: (socket) => void socket.write(silentAfter) })
  await using quick = await rawServer({
    onRequest: (socket) =>
      stream
        ? void socket.end(head('text/event-stream') + streamed)
        : void socket.end(head('application/json', Buffer.byteLength(completion)) + completion),
  })
  const clock = fakeClock()
  const client = createRouter({
    clock,
    providers: [at('slow', slow.host), at('quick', quick.host)],
    models: { chain: ['slow/m', 'quick/m'] },
    keys: memoryKeys({ OPENAI_API_KEY: 'sk-test' }),
    hedge: { afterMs: 20, maxCostUsd: 1 },
  })
  const read = async (): Promise<string | undefined> => {
    if (!stream) return routeOf(await client.chat.completions.create({ model: 'chain', messages }))?.target
    const answered = await client.chat.completions.create({ model: 'chain', messages, stream: true })
    for await (const each of answered) void each
    return routeOf(answered)?.target
  }
  const reading = read()
  await until(() => slow.requests === 1)
  // What it says is on its way on the same machine, and is there after some turns.
  for (let turn = 0; turn < 50; turn++) await clock.advanceAsync(0)
  await clock.advanceAsync(20)
  const served = await reading
  await until(() => slow.open === 0)
  return { served, requests: [slow.requests, quick.requests] }
}

describe('the loser of a race', () => {
  it.each([
    ['a plain call that has no answer yet', false, ''],
    ['a plain call whose answer has begun', false, head('application/json', 1000)],
    ['a stream that has no head yet', true, ''],
    ['a stream that has its head and its role', true, head('text/event-stream') + chunk({ role: 'assistant', content: '' }, null)],
  ])('has its socket closed: %s', async (_name, stream, silentAfter) => {
    expect(await raced(stream, silentAfter)).toEqual({ served: 'quick/m', requests: [1, 1] })
  })
})

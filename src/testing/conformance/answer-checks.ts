import assert from 'node:assert/strict'
import type { ChatCompletionChunk } from '../../contracts/chat.ts'
import { at } from '../json.ts'
import { textOf } from './bench.ts'
import type { Bench } from './bench.ts'
import type { Check } from './check.ts'
import { image, tools } from './requests.ts'
import { assertChunks, assertCompletion } from './shapes.ts'

const text = 'Grüße, 世界 👋🏽, "quoted"\n\tand more.'

/** What a sound adapter makes of sound answers. */
export const answerChecks: readonly Check[] = [
  {
    part: 'declaration',
    name: 'has an id, a key name or null, and an opinion on every request, which it never changes',
    run: async (open) => {
      await using bench = await open()
      const { adapter } = bench
      assert.ok(adapter.id !== '' && !/[/\s]/.test(adapter.id), `id is ${JSON.stringify(adapter.id)}`)
      const names = [adapter.key].flat()
      assert.ok(names.length > 0 && !names.includes(''), 'key is a name, a list of names or null')
      for (const more of [
        {},
        { tools },
        { n: 2 },
        { stop: ['x'] },
        { logprobs: true },
        { response_format: { type: 'json_object' } },
      ]) {
        const { request } = bench.call({ request: bench.asking('hello', more) })
        const support = adapter.supports(request, undefined, bench.model)
        assert.deepEqual(adapter.supports(request, undefined, bench.model), support)
        if (support.level === 'no') assert.ok(support.field !== '' && support.reason !== '', 'a refusal names field and reason')
        else assert.ok(Array.isArray(support.dropped), 'what is dropped is a list')
      }
      assert.equal(bench.simulator.requests.length, 0, 'nothing is sent')
    },
  },
  {
    part: 'answers',
    name: 'turns an answer into a completion, its text intact',
    run: async (open) => {
      await using bench = await open()
      bench.simulator.queue(bench.vendor, { text })
      const completion = await bench.complete()
      assertCompletion(completion)
      assert.equal(completion.choices[0]?.message.content, text)
      assert.equal(completion.choices[0]?.finish_reason, 'stop')
    },
  },
  {
    part: 'served model',
    name: 'names the model that answered, not the one that was asked',
    run: async (open) => {
      await using bench = await open()
      bench.simulator.queue(bench.vendor, { text, model: 'the-model-that-answered' })
      assert.equal((await bench.complete()).model, 'the-model-that-answered')
    },
  },
  {
    part: 'answers',
    name: 'says content_filter where the vendor says so in its own words',
    run: async (open) => {
      await using bench = await open()
      await assertFinish(bench, 'content_filter')
    },
  },
  {
    part: 'cut answers',
    name: 'says length where the vendor says so in its own words',
    run: async (open) => {
      await using bench = await open()
      await assertFinish(bench, 'length')
    },
  },
  {
    part: 'answers',
    name: 'leaves the request as it is: frozen through and through, and every target sees the same',
    run: async (open) => {
      await using bench = await open()
      const content = [
        { type: 'text', text: 'What is this?' },
        { type: 'image_url', image_url: { url: image } },
      ]
      const system = { role: 'system', content: 'Be brief.' }
      const rich = { messages: [system, { role: 'user', content }], tools, stop: ['END'], max_completion_tokens: 50 }
      const plain = { messages: [system, { role: 'user', content: content.slice(0, 1) }], max_completion_tokens: 50 }
      const served = bench.adapter.supports(Object.assign(bench.asking(''), rich), undefined, bench.model).level !== 'no'
      const before = { ...bench.asking(''), ...(served ? rich : plain) }
      const copy = structuredClone(before)
      const overrides = { request: Object.assign(bench.asking(''), before) }
      await bench.complete(overrides)
      await bench.streamed(overrides)
      assert.deepEqual(before, copy)
    },
  },
  {
    part: 'usage',
    name: 'counts cached and reasoning tokens within the totals, with and without stream',
    run: async (open) => {
      await using bench = await open()
      const reply = { text: 'x', usage: { input: 11, cached: 500, output: 7, reasoning: 30 } }
      bench.simulator.answer(bench.vendor, reply)
      const { usage } = await bench.complete()
      assert.deepEqual([usage?.prompt_tokens, usage?.completion_tokens, usage?.total_tokens], [511, 37, 548])
      assert.equal(usage?.prompt_tokens_details?.cached_tokens, 500)
      assert.equal(usage?.completion_tokens_details?.reasoning_tokens, 30)
      const last = (await bench.chunks()).at(-1)
      assert.deepEqual([last?.usage?.prompt_tokens, last?.usage?.completion_tokens], [511, 37])
    },
  },
  {
    part: 'streams',
    name: 'speaks the chunk grammar, and says the same as without stream',
    run: async (open) => {
      await using bench = await open()
      bench.simulator.answer(bench.vendor, { text, reasoning: 'Let me think.' })
      const chunks = await bench.chunks()
      assertChunks(chunks)
      assert.equal(textOf(chunks), text)
      assert.equal((await bench.complete()).choices[0]?.message.content, text)
    },
  },
  {
    part: 'streams',
    name: 'hands over each piece when it comes, and not at the end',
    run: async (open) => {
      await using bench = await open()
      bench.simulator.answer(bench.vendor, { deltas: ['one ', 'two ', 'three ', 'four'] })
      bench.simulator.fail(bench.vendor, 'stall-mid-body', { after: 2 })
      const seen: ChatCompletionChunk[] = []
      const reading = async (): Promise<void> => {
        for await (const chunk of bench.adapter.stream(bench.call({ request: bench.asking('hi', { stream: true }) }))) {
          seen.push(chunk)
          if (textOf(seen) === 'one two ') break
        }
      }
      await bench.within(reading(), 'a stream of which half has arrived')
      assert.equal(textOf(seen), 'one two ')
    },
  },
  {
    part: 'streams',
    name: 'reads the same from the same bytes, however they are cut',
    run: async (open) => {
      await using bench = await open()
      for (let seed = 0; seed < 12; seed++) {
        bench.simulator.queue(bench.vendor, { text, chunking: seed === 0 ? 'bytes:1' : { random: seed } })
        const chunks = await bench.chunks()
        assertChunks(chunks)
        assert.equal(textOf(chunks), text)
      }
    },
  },
  {
    part: 'oddities',
    name: 'reads what is unusual but sound: comments, CRLF, gzip, all in one packet, three bytes a packet, slow bytes',
    run: async (open) => {
      await using bench = await open()
      bench.simulator.answer(bench.vendor, { text })
      for (const fault of ['comments', 'crlf', 'gzip-good', 'one-packet', 'split-bytes', 'slow-drip'] as const) {
        using _ = bench.simulator.fail(bench.vendor, fault)
        const { chunks, error } = await bench.streamed()
        assert.equal(error, undefined, `${fault}: ${String(error?.thrown)}`)
        assert.equal(textOf(chunks), text, fault)
      }
      for (const fault of ['leading-newlines', 'gzip-good', 'split-bytes', 'slow-drip'] as const) {
        using _ = bench.simulator.fail(bench.vendor, fault)
        assert.equal((await bench.complete()).choices[0]?.message.content, text, fault)
      }
    },
  },
  {
    part: 'oddities',
    name: 'waits for nothing after the end: no terminal event, a connection that stays open, one that is reset',
    run: async (open) => {
      await using bench = await open()
      bench.simulator.answer(bench.vendor, { text })
      for (const fault of ['finish-without-terminal', 'stall-after-terminal', 'reset-after-terminal'] as const) {
        using _ = bench.simulator.fail(bench.vendor, fault)
        const { chunks, error } = await bench.streamed()
        assert.equal(error, undefined, `${fault}: ${String(error?.thrown)}`)
        assert.equal(textOf(chunks), text, fault)
      }
    },
  },
  {
    part: 'embeddings',
    name: 'gives one vector for each input, as numbers',
    run: async (open) => {
      await using bench = await open()
      const { adapter, subject } = bench
      assert.ok(adapter.embed !== undefined, "the adapter has no embed(); skip the part: { embeddings: 'why' }")
      const model = subject.embeddingModel ?? bench.model
      const call = { ...bench.call(), model, request: { model, input: ['first', 'second'] } }
      const { data, object } = await bench.within(adapter.embed(call), 'embed()')
      assert.equal(object, 'list')
      assert.deepEqual(
        data.map(({ index, embedding }) => [index, embedding.length > 0 && embedding.every((value) => typeof value === 'number')]),
        [
          [0, true],
          [1, true],
        ],
      )
      assert.notDeepEqual(at(data, 0, 'embedding'), at(data, 1, 'embedding'))
    },
  },
]

/** Both a whole and a streamed answer end with this reason, said once. */
async function assertFinish(bench: Bench, finish: string): Promise<void> {
  bench.simulator.queue(bench.vendor, { text: 'a part', finish }, { text: 'a part', finish })
  assert.equal((await bench.complete()).choices[0]?.finish_reason, finish)
  const reasons = (await bench.chunks()).flatMap(({ choices }) => choices.map((choice) => choice.finish_reason ?? []))
  assert.deepEqual(reasons.flat(), [finish])
}

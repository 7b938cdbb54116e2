// Streams: invisible failover until the first word, and after it an honest error, or what you choose. Run it: npm run example examples/04-streaming.ts
import { StreamInterruptedError, createRouter, isRestart, memoryKeys, routeOf, textOf } from 'modelyard'
import { anthropic } from 'modelyard/anthropic'
import { openai } from 'modelyard/openai'
import { vendorSimulator } from 'modelyard/testing'

await using simulator = await vendorSimulator({ latency: { firstTokenMs: 20, tokenMs: 5 } })
simulator.answer('*', 'Once upon a time a stream ran down to the sea, and nobody could say which spring it came from.')
const client = createRouter({
  providers: [openai({ baseURL: simulator.openai.baseURL }), anthropic({ baseURL: simulator.anthropic.baseURL })],
  keys: memoryKeys({ OPENAI_API_KEY: 'any', ANTHROPIC_API_KEY: 'any' }),
})
const tale = client.with({ fallback: ['anthropic/claude-sonnet-5-5'] })
const body = { model: 'openai/gpt-6.1-sol', messages: [{ role: 'user' as const, content: 'Tell me a tale.' }] }

console.log('A stream, chunk by chunk:')
const stream = await tale.chat.completions.create({ ...body, stream: true, stream_options: { include_usage: true } })
for await (const { choices, usage } of stream) {
  process.stdout.write(choices[0]?.delta.content ?? '')
  if (usage !== null && usage !== undefined) console.log(`\n  ${usage.prompt_tokens} tokens in, ${usage.completion_tokens} out`)
}
console.log(`  from ${routeOf(stream)?.target}, $${routeOf(stream)?.costUsd?.toFixed(6)}`)

console.log('\nThe vendor breaks the stream before its first word. The caller notices nothing:')
simulator.failOnce('openai', 'error-before-content')
const rescued = await tale.chat.completions.create({ ...body, stream: true })
for await (const { choices } of rescued) process.stdout.write(choices[0]?.delta.content ?? '')
console.log(
  `\n  from ${routeOf(rescued)?.target} after ${routeOf(rescued)
    ?.failed.map(({ target }) => target)
    .join()} had failed`,
)

console.log('\nThe vendor breaks the stream in the middle. Words of two models are never joined, so this is an error:')
simulator.failOnce('openai', 'cut-stream', { after: 6 })
try {
  for await (const { choices } of await tale.chat.completions.create({ ...body, stream: true }))
    process.stdout.write(choices[0]?.delta.content ?? '')
} catch (error) {
  if (!(error instanceof StreamInterruptedError)) throw error
  console.log(`\n  ${error.constructor.name} (${error.kind}), with what had come: ${JSON.stringify(error.partialText)}`)
}

console.log('\nThe same break, with the whole answer held back until it is there (afterCommit: buffer):')
simulator.failOnce('openai', 'cut-stream', { after: 6 })
const buffered = tale.with({ afterCommit: 'buffer' })
console.log(`  ${await textOf(await buffered.chat.completions.create({ ...body, stream: true }))}`)

console.log('\nThe same break, and the next target begins anew behind a mark (afterCommit: restart):')
simulator.failOnce('openai', 'cut-stream', { after: 6 })
const restarting = tale.with({ afterCommit: 'restart' })
for await (const chunk of await restarting.chat.completions.create({ ...body, stream: true }))
  process.stdout.write(isRestart(chunk) ? '\n  (from the start) ' : (chunk.choices[0]?.delta.content ?? ''))

console.log('\n\nThe same break, and the next target goes on with messages of ours (afterCommit: continueWith):')
simulator.answer('anthropic', ' ran down to the sea, and there it ended.')
simulator.failOnce('openai', 'cut-stream', { after: 6 })
const continuing = tale.with({
  afterCommit: {
    continueWith: ({ messages, text }, { prefill }) => [
      ...messages,
      { role: 'assistant', content: text },
      ...(prefill ? [] : [{ role: 'user' as const, content: 'Go on exactly where you stopped.' }]),
    ],
  },
})
console.log(`  ${await textOf(await continuing.chat.completions.create({ ...body, stream: true }))}`)

console.log("\nThe OpenAI client's own helper, with events:")
const helper = tale.chat.completions.stream(body)
let deltas = 0
helper.on('content', () => (deltas += 1))
const completion = await helper.finalChatCompletion()
console.log(`  ${deltas} deltas, finish reason ${completion.choices[0]?.finish_reason}`)

await client.close()

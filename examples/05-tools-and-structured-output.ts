// Tools and structured output: the OpenAI client's helpers, over a vendor that has never heard of them.
// Run it: npm run example examples/05-tools-and-structured-output.ts
import { zodResponseFormat } from 'openai/helpers/zod'
import * as z from 'zod'
import { createRouter, memoryKeys, routeOf } from 'modelyard'
import { anthropic } from 'modelyard/anthropic'
import { vendorSimulator } from 'modelyard/testing'

await using simulator = await vendorSimulator()
const client = createRouter({
  providers: [anthropic({ baseURL: simulator.anthropic.baseURL })],
  keys: memoryKeys({ ANTHROPIC_API_KEY: 'any' }),
})
const model = 'anthropic/claude-sonnet-5-5'

console.log('runTools(): the model calls functions of ours, twice at the same time, until it has its answer')
simulator.queue(
  'anthropic',
  {
    toolCalls: [
      { name: 'temperature', arguments: { city: 'Oslo' } },
      { name: 'temperature', arguments: { city: 'Rome' } },
    ],
  },
  'Oslo has 4 degrees and Rome 19.',
)
const place = z.object({ city: z.string() })
const degrees: Readonly<Record<string, number>> = { Oslo: 4, Rome: 19 }
const runner = client.chat.completions.runTools({
  model,
  messages: [{ role: 'user', content: 'How warm are Oslo and Rome?' }],
  tools: [
    {
      type: 'function',
      function: {
        name: 'temperature',
        description: 'The temperature in a city, in degrees Celsius.',
        parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        parse: (text: string) => place.parse(JSON.parse(text)),
        function: ({ city }: z.infer<typeof place>) => `${degrees[city] ?? 'unknown'}`,
      },
    },
  ],
})
for (const message of (await runner.finalChatCompletion(), runner.messages)) {
  const calls = 'tool_calls' in message ? (message.tool_calls ?? []) : []
  const said = calls.map((call) => (call.type === 'function' ? `${call.function.name}(${call.function.arguments})` : call.type))
  console.log(`  ${message.role.padEnd(9)} ${said.length > 0 ? said.join(', ') : JSON.stringify(message.content)}`)
}

console.log('\nparse(): an object of the shape that a schema describes')
simulator.queue('anthropic', '{"title":"Late invoice","urgency":"high","topics":["billing","email"]}')
const ticket = z.object({ title: z.string(), urgency: z.enum(['low', 'high']), topics: z.array(z.string()) })
const parsed = await client.chat.completions.parse({
  model,
  messages: [{ role: 'user', content: 'File this: "I have been waiting for my invoice for weeks!!"' }],
  response_format: zodResponseFormat(ticket, 'ticket'),
})
console.log(' ', parsed.choices[0]?.message.parsed)
console.log(`  by ${routeOf(parsed)?.target}`)

await client.close()

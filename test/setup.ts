import { createRouter } from '../src/index.ts'
import { answer, fakeProvider } from '../src/testing/index.ts'

// What a router loads when it is first needed is loaded before the tests: the first test of a run, whichever that is, then
// takes no other turns of the event loop than those after it.
const first = createRouter({
  providers: [fakeProvider({ id: 'fake', models: ['m'], script: answer('ready') })],
  agents: { any: { primary: 'fake/m' } },
}).agent('any')
const ask = { model: 'auto', messages: [{ role: 'user' as const, content: 'Ready?' }] }
await first.chat.completions.create(ask)
for await (const chunk of await first.chat.completions.create({ ...ask, stream: true })) void chunk

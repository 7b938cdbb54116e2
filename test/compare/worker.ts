// A process that compares until it is killed.
import { createRouter, memoryKeys } from '../../src/index.ts'
import { openai } from '../../src/providers/openai/index.ts'

interface Task {
  readonly baseURL: string
  readonly prompts: readonly string[]
  readonly resume: string
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the test has written
const { baseURL, prompts, resume } = JSON.parse(process.env['COMPARE'] ?? '{}') as Task
const client = createRouter({ providers: [openai({ baseURL })], keys: memoryKeys({ OPENAI_API_KEY: 'any' }) })
await client.compare({
  prompts,
  targets: ['openai/gpt-6-luna'],
  concurrency: 2,
  resume,
  onProgress: ({ done }) => process.stdout.write(`${done}\n`),
})

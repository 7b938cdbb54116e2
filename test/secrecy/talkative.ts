// An application that prints all it gets, in a process of its own: asks at every door, well and in vain, and dies of an error.
import { text } from 'node:stream/consumers'
import { inspect } from 'node:util'
import { createRouter, memoryKeys } from '../../src/index.ts'
import type { RouterClient } from '../../src/index.ts'
import { doors } from '../every-vendor.ts'

/** Where each door leads, and the key for it, by the door's name. */
export type Given = Readonly<Record<string, { readonly baseURL: string; readonly key: string }>>

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as the test has written it
const given = JSON.parse(await text(process.stdin)) as Given
let last: unknown

interface Asking {
  readonly model: string
  readonly stream: boolean
  readonly content: string
}

async function ask(client: RouterClient, { content, ...rest }: Asking): Promise<unknown> {
  const body = { ...rest, messages: [{ role: 'user' as const, content }] }
  const answers: unknown[] = []
  try {
    const answer = await client.chat.completions.create(body)
    answers.push(answer)
    if (Symbol.asyncIterator in answer) for await (const chunk of answer) answers.push(chunk)
    return answers
  } catch (error) {
    return error
  }
}

for (const door of doors) {
  const { baseURL = '', key = '' } = given[door.name] ?? {}
  const adapter = door.create({ baseURL })
  const client = createRouter({
    providers: [adapter],
    keys: memoryKeys({ [String(adapter.key)]: key }),
    audit: { write: (record) => console.log(record) },
    logger: console,
    maxRetries: 0,
  })
  const model = `${adapter.id}/${door.model}`
  for (const stream of [false, true]) {
    console.log(door.name, await ask(client, { stream, model, content: 'Well?' }))
    const error = await ask(client, { stream, model, content: 'In vain?' })
    console.error(error)
    console.dir(error, { depth: Infinity, showHidden: true })
    console.log('%s %o %j', error, error, error)
    last = error
  }
  console.log(client, inspect(client, { depth: Infinity, showHidden: true }))
  console.table(client.ledger.totals({ by: ['model'] }))
  await client.close()
}

setTimeout(() => {
  throw last
}, 0)

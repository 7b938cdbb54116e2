import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiFields } from '../src/api-fields.ts'
import type { Cell, Row } from './wire/cells.ts'
import { columns, openWire } from './wire/columns.ts'
import type { ColumnName, WireBench } from './wire/columns.ts'
import { media } from './wire/media.ts'
import { messages } from './wire/messages.ts'
import { output } from './wire/output.ts'
import { reasoning } from './wire/reasoning.ts'
import { sampling } from './wire/sampling.ts'
import { service } from './wire/service.ts'
import { tools } from './wire/tools.ts'

const rows: readonly Row[] = [...messages, ...media, ...tools, ...output, ...sampling, ...reasoning, ...service]

const names = Object.keys(columns).filter((name): name is ColumnName => Object.hasOwn(columns, name))
const cells = rows.flatMap((row) =>
  names.flatMap((column) =>
    [row.cells[column]]
      .flat()
      .map((cell) => ({ row: row.name, request: row.request, column, cell, model: cell.on ?? columns[column].model })),
  ),
)

let bench: WireBench
beforeAll(async () => {
  bench = await openWire()
})
afterAll(async () => bench[Symbol.asyncDispose]())

/** What really came over the wire for a request, and what was said of it beforehand. */
async function seen(column: ColumnName, body: OpenAI.ChatCompletionCreateParams) {
  const before = bench.sent(column).length
  const { chain, rejected } = await bench.client.explain(body)
  const error: unknown = await sent(body).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return { requests: bench.sent(column).slice(before), chain, rejected, error }
}

async function sent(body: OpenAI.ChatCompletionCreateParams): Promise<void> {
  const answer = await bench.client.chat.completions.create(body)
  if ('controller' in answer) for await (const _ of answer) continue
}

function expected(column: ColumnName, { as = column, sends = {} }: Cell, model: string): unknown {
  const body = { ...columns[as].plain(model), ...sends }
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
}

describe('one OpenAI request, the body that each vendor gets', () => {
  it.each(cells)('$row: $column ($model)', async ({ request, column, cell, model }) => {
    const hi: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Hi' }]
    const { requests, chain, rejected, error } = await seen(column, {
      messages: hi,
      ...request,
      model: bench.target(column, model),
    })
    if (cell.refused !== undefined) {
      const { field, reason } = cell.refused
      expect(rejected).toEqual([expect.objectContaining({ field, detail: expect.stringMatching(reason) })])
      expect(error).toMatchObject({ status: 400, param: field })
      expect(requests).toEqual([])
      return
    }
    expect(error).toBeUndefined()
    expect(requests.map((one) => one.body)).toEqual([expected(column, cell, model)])
    expect(requests[0]?.path).toMatch(columns[cell.as ?? column].path)
    expect(chain[0]?.dropped.toSorted()).toEqual([...(cell.dropped ?? [])].toSorted())
  })
})

describe('the table', () => {
  it('has a row for every field of a request', () => {
    const asked = new Set(rows.flatMap(({ request }) => Object.keys(request)))
    // The SDK's types name them: a new one of its does not compile before it is listed. Every row asks for a model.
    const wanted = Object.keys(apiFields.chat).filter((field) => field !== 'model')
    expect(wanted.filter((field) => !asked.has(field))).toEqual([])
  })

  it('has a column for every adapter', () => {
    const providers = fileURLToPath(new URL('../src/providers/', import.meta.url))
    const folders = readdirSync(providers, { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && entry.name !== 'shared',
    )
    expect(folders.map(({ name }) => name).toSorted()).toEqual([...new Set(names.map((name) => columns[name].folder))].toSorted())
  })
})

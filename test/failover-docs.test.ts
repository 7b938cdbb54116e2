import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Consequence } from '../src/classification.ts'
import { classification, kindOfStatus } from '../src/classification.ts'
import type { FailureKind } from '../src/contracts/failure.ts'
import { defaultFailover } from '../src/failover.ts'
import { createRouter } from '../src/index.ts'
import type { ModelCard } from '../src/index.ts'
import { answer, fail, fakeProvider } from '../src/testing/index.ts'
import { codeRows } from './docs/markdown.ts'

const rows = codeRows(join(import.meta.dirname, '../docs/failover.md'))
const isStatus = ([name = '']: readonly string[]) => /^\d+$/.test(name)
const isOption = ([name = '']: readonly string[]) => Object.hasOwn(defaultFailover, name)
const kindRows = rows.filter((row) => !isStatus(row) && !isOption(row))
const optionRows = rows.filter(isOption)
const statusRows = rows.filter(isStatus)
const yes = (holds: boolean) => (holds ? 'yes' : 'no')

/** A status under which a vendor reports the kind; none for what has no response. */
const statuses: Partial<Record<FailureKind, number>> = {
  redirect: 307,
  invalid_request: 400,
  context_length: 400,
  content_filter: 400,
  media: 400,
  auth: 401,
  quota: 402,
  permission: 403,
  not_found: 404,
  server: 500,
  overloaded: 529,
  conflict: 409,
  too_large: 413,
  rate_limit: 429,
  rejected: 418,
}

const isKind = (name: string): name is FailureKind => Object.hasOwn(classification, name)

/** A value as the page shows it. */
const code = (value: unknown) => `\`${typeof value === 'string' ? `'${value}'` : String(value)}\``

const card = (provider: string, contextWindow: number): ModelCard => ({
  provider,
  id: 'm',
  tier: 'standard',
  input: ['text'],
  features: [],
  prices: null,
  contextWindow,
})

describe('docs/failover.md', () => {
  it('lists exactly the kinds of the classification, in its order', () => {
    expect(kindRows.map(([kind]) => kind)).toEqual(Object.keys(classification))
  })

  it.each(Object.entries(classification))('says of %s what the code does', (kind, consequence: Consequence) => {
    const { blame, breaker, same, next, option, rule } = consequence
    const [, meaning = '', ...cells] = kindRows.find(([name]) => name === kind) ?? []
    expect(meaning).toMatch(/^[A-Z].+\.$/)
    const on = option === undefined ? yes(next) : `with \`${option}: 'switch'\``
    expect(cells.toSpliced(4, 1)).toEqual([blame, breaker, yes(same), on, rule])
  })

  it.each(kindRows.filter(([kind]) => kind !== 'unusable').map((row) => [row[0] ?? '', row[6] ?? '']))(
    'names the error that %s ends in: %s',
    async (kind, named) => {
      if (!isKind(kind)) throw new TypeError(`${kind} is no kind`)
      const status = statuses[kind]
      const provider = fakeProvider({ script: [fail({ kind, ...(status !== undefined && { status }) })] })
      const client = createRouter({ providers: [provider], maxRetries: 0 })
      // The router takes nobody's word for an abort but the caller's own.
      const signal = kind === 'aborted' ? AbortSignal.abort() : undefined
      const call = client.chat.completions.create(
        { model: 'fake-model', messages: [{ role: 'user', content: 'hello' }] },
        { signal },
      )
      const error: unknown = await call.catch((thrown: unknown) => thrown)
      expect(`\`${error instanceof Error ? error.constructor.name : String(error)}\``).toBe(named)
    },
  )

  it('lists every option with its default', () => {
    const listed = optionRows.map(([name, , shown]) => [name, shown])
    expect(listed).toEqual(Object.entries(defaultFailover).map(([name, value]) => [name, code(value)]))
  })

  it.each(
    Object.entries(classification).flatMap(([kind, { option }]: [string, Consequence]) =>
      option === undefined ? [] : [[kind, option] as const],
    ),
  )('lets the chain go on after %s where %s is switch, and not by default', async (kind, option) => {
    if (!isKind(kind)) throw new TypeError(`${kind} is no kind`)
    const ask = async (chosen: object): Promise<unknown> => {
      const step = fail({ kind, status: statuses[kind] ?? 500 })
      const providers = [
        fakeProvider({ id: 'a', models: [card('a', 1000)], script: [step] }),
        fakeProvider({ id: 'b', models: [card('b', 2000)], script: [answer('on')] }),
      ]
      const client = createRouter({ providers, maxRetries: 0 }).with({ fallback: ['b/m'], ...chosen })
      return client.chat.completions.create({ model: 'a/m', messages: [{ role: 'user', content: 'hello' }] }).then(
        ({ choices }) => choices[0]?.message.content,
        () => 'the error',
      )
    }
    expect([await ask({}), await ask({ [option]: 'switch' })]).toEqual(['the error', 'on'])
  })

  it.each(statusRows)('says what status %s stands for: %s', (status = '', named = '') => {
    expect(`\`${kindOfStatus(Number(status))}\``).toBe(named)
  })

  it('lists every status that a kind of its own stands for', () => {
    const listed = statusRows.map(([status]) => Number(status))
    const special = Array.from({ length: 200 }, (_, index) => 400 + index).filter((status) => {
      const usual = status >= 500 ? 'server' : 'rejected'
      return kindOfStatus(status) !== usual
    })
    expect(special.filter((status) => !listed.includes(status))).toEqual([])
  })

  it.each([
    [299, 'malformed'],
    [300, 'redirect'],
    [399, 'redirect'],
  ])('a status that is none of an error says what it is all the same: %i, %s', (status, kind) => {
    expect(kindOfStatus(status)).toBe(kind)
  })
})

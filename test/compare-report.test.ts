import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fail, stream } from '../src/testing/index.ts'
import { aCent, bench, card } from './compare/bench.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'modelyard-report-'))
})
afterAll(() => rm(folder, { recursive: true }))

const example = () =>
  bench({
    a: stream(['yes ', 'indeed'], { delayMs: 400, chunkMs: 100, usage: aCent }),
    b: ({ number }) => (number === 2 ? fail({ status: 429 }) : stream(['yes'], { delayMs: 1200, usage: aCent })),
  }).compare({
    prompts: [
      { prompt: 'one', id: '=HYPERLINK("http://evil")' },
      { prompt: 'two', id: 'with, comma' },
    ],
    validators: { brief: (text) => text.length < 5 },
    name: 'example',
    concurrency: 1,
  })

describe('a report', () => {
  it('is a table for the terminal', async () => {
    const comparison = await example()
    expect(String(comparison)).toBe(comparison.toTable())
    expect(comparison.toTable()).toBe(
      `example: 2 prompts. Spent $0.03.

target  calls  failed     p50     p95  first token  tokens/s  per 1000 calls  brief  agreement
  a/m       2       0  600 ms  600 ms       500 ms      9000          $10.00    0 %        0 %
* b/m       2       1  1.20 s  1.20 s       1.20 s         -          $10.00  100 %        0 %

* nobody here is better (validators) and as cheap, or cheaper and as good.

1 flagged: failed 1`,
    )
  })

  it('says in the table what is not known, what is missing and what is uncertain', async () => {
    const { compare } = bench(
      { a: ({ number }) => stream(['x'], { delayMs: 100 * number, usage: aCent }), b: stream(['x']) },
      { cards: { b: card('b', null) } },
    )
    const table = String(await compare({ prompts: ['1', '2', '3', '4'] }))
    expect(table).toContain('Spent at least $0.04.')
    expect(table).toContain('What 4 calls cost is not known.')
    expect(table).toMatch(/a\/m +4 +0 +250 ms \(100 ms - 400 ms\)/)
    expect(table).toContain('In brackets: 95 % intervals.')
    const stopped = await bench().compare({ signal: AbortSignal.abort() })
    expect(String(stopped)).toContain('Not complete, 4 of 4 calls are missing: The signal was aborted.')
  })

  it('is JSON-safe data', async () => {
    const comparison = await example()
    expect(JSON.parse(JSON.stringify(comparison))).toEqual(comparison.report)
  })

  it('is CSV that no spreadsheet takes for formulas', async () => {
    const [header, first, second, third, fourth, end] = (await example()).toCSV().split('\r\n')
    expect(header).toBe(
      'prompt,prompt_sha256,target,calls,succeeded,errors,latency_ms,first_token_ms,cost_usd,agreement,wins,validator: brief',
    )
    expect(first).toMatch(/^"'=HYPERLINK\(""http:\/\/evil""\)",[0-9a-f]{64},a\/m,1,1,,600,500,0\.01,/)
    expect(third).toMatch(/^"with, comma",[0-9a-f]{64},a\/m,1,1,,600,500,0\.01,/)
    expect([second, fourth].filter((line) => line?.includes('b/m,1,0,rate_limit: 1,,,0,,,'))).toHaveLength(1)
    expect(end).toBe('')
  })

  it('writes itself to a file by its ending, whole or not at all', async () => {
    const comparison = await example()
    const path = (ending: string) => join(folder, `report.${ending}`)
    for (const ending of ['json', 'csv', 'txt', 'html']) await comparison.writeTo(path(ending))
    expect(JSON.parse(await readFile(path('json'), 'utf8'))).toEqual(comparison.report)
    expect(await readFile(path('csv'), 'utf8')).toBe(comparison.toCSV())
    expect(await readFile(path('txt'), 'utf8')).toBe(`${comparison.toTable()}\n`)
    expect(await readFile(path('html'), 'utf8')).toBe(await comparison.toHTML())
    expect((await readdir(folder)).toSorted()).toEqual(['report.csv', 'report.html', 'report.json', 'report.txt'])
  })

  it('that cannot be written says so, and leaves nothing behind', async () => {
    const comparison = await example()
    await expect(comparison.writeTo(join(folder, 'gone', 'report.json'))).rejects.toMatchObject({
      code: 'WRITE_FAILED',
      message: expect.stringContaining('ENOENT'),
    })
    await expect(comparison.writeTo(folder + '/report.pdf')).rejects.toMatchObject({ code: 'BAD_OPTION' })
    expect((await readdir(folder)).some((name) => name.endsWith('.tmp'))).toBe(false)
  })

  it('of the same results and seed is the same', async () => {
    const [one, other] = [await example(), await example()]
    expect(one.report).toEqual(other.report)
  })
})

import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answer } from '../src/testing/index.ts'
import { aCent, bench } from './compare/bench.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'modelyard-full-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** In a process whose files end at 8 kB: its system says so as it would of a full disk. */
async function inLittleRoom(task: object): Promise<unknown> {
  const program = fileURLToPath(new URL('compare/full-disk.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(
    'sh',
    ['-c', 'trap "" XFSZ; ulimit -f 16; exec "$@"', 'sh', process.execPath, '--import', './scripts/from-source.mjs', program],
    { env: { ...process.env, COMPARE: JSON.stringify(task) } },
  )
  return JSON.parse(stdout)
}

describe.skipIf(process.platform === 'win32')('with no room on the disk', () => {
  it('a comparison stops when its journal cannot be written, says so, and goes on later without paying twice', async () => {
    const prompts = Array.from({ length: 60 }, (_, index) => `prompt ${index}`)
    const [resume, page] = [join(folder, 'run.jsonl'), join(folder, 'report.html')]
    const first = await inLittleRoom({ prompts, resume, page })
    expect(first).toMatchObject({
      calls: { planned: 60 },
      interrupted: { reason: 'journal', message: expect.stringContaining('EFBIG') },
      fault: { code: 'WRITE_FAILED', message: `The report could not be written to ${page} (EFBIG).` },
    })
    // Neither the report nor a piece of it.
    expect(await readdir(folder)).toEqual(['run.jsonl'])

    const { a, compare } = bench({ a: answer('fine', { usage: aCent }) })
    const { report } = await compare({ prompts, targets: ['a/m'], resume, concurrency: 1 })
    const { resumed } = report.calls
    expect(resumed).toBeGreaterThan(0)
    expect(report.calls).toEqual({ planned: 60, made: 60 - resumed, resumed, missing: 0 })
    expect(report.interrupted).toBeNull()
    expect(a.calls).toHaveLength(60 - resumed)
    // What was asked and could not be written down is the one call that is made again.
    expect(first).toMatchObject({ asked: expect.toSatisfy((asked: number) => asked - resumed <= 1) })
  })
})

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { appendFile, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuditRecord } from '../src/index.ts'
import { createRouter, jsonlAudit } from '../src/index.ts'
import { answer, fakeProvider } from '../src/testing/index.ts'

let root = ''
let folders = 0

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'modelyard-rotation-'))
})

afterAll(() => rm(root, { recursive: true, force: true }))

async function freshFolder(): Promise<string> {
  const folder = join(root, String(++folders))
  await mkdir(folder)
  return folder
}

function record(seq: number, { at = '2026-11-22T08:00:00.000Z', model = 'acme/large' } = {}): AuditRecord {
  const event = { type: 'request.accepted', model, stream: false, operation: 'chat' } as const
  return { v: 1, id: `router-${seq}`, at, seq, event }
}

const asideName = /^audit\.\d{8}T\d{9}Z-[0-9a-f]{8}\.jsonl$/

/** What each file holds, those put aside first, in the order of their names. */
async function files(folder: string): Promise<number[][]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'))
  const aside = names.filter((name) => name !== 'audit.jsonl').toSorted()
  for (const name of aside) expect(name).toMatch(asideName)
  const current = names.includes('audit.jsonl') ? ['audit.jsonl'] : []
  return Promise.all([...aside, ...current].map((name) => sequence(join(folder, name))))
}

/** The numbers of the records of a file; a line that a killed process left unfinished is passed over. */
async function sequence(path: string): Promise<number[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.startsWith('{') && line.endsWith('}}'))
  return lines.map((line) => {
    const { seq }: AuditRecord = JSON.parse(line)
    return seq
  })
}

/** Runs a program that has `jsonlAudit`, `record` and `path` at hand. */
function child(folder: string, program: string) {
  const source = new URL('../src/audit/jsonl-file.ts', import.meta.url)
  const code = `
    import { writeSync } from 'node:fs'
    import { jsonlAudit } from ${JSON.stringify(source.href)}
    const path = ${JSON.stringify(join(folder, 'audit.jsonl'))}
    const record = ${record.toString()}
    ${program}`
  const flags = ['--experimental-strip-types', '--no-warnings', '--input-type=module', '--eval', code]
  const running = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'pipe'] })
  let stderr = ''
  running.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = new Promise<{ readonly code: number | null; readonly stderr: string }>((resolve) => {
    running.on('close', (exitCode) => resolve({ code: exitCode, stderr }))
  })
  return { running, ended, said: createInterface(running.stdout) }
}

describe('jsonlAudit({ rotate })', { timeout: 120_000 }, () => {
  it('puts a file aside before it outgrows maxBytes, and loses nothing', async () => {
    const folder = await freshFolder()
    const path = join(folder, 'audit.jsonl')
    const length = JSON.stringify(record(1)).length + 1
    const sink = jsonlAudit({ path, rotate: { maxBytes: 2 * length } })
    for (const seq of [1, 2, 3, 4, 5]) await sink.write(record(seq))
    await sink.close()
    expect(await files(folder)).toEqual([[1, 2], [3, 4], [5]])
  })

  it('gives a batch that is larger than that a file of its own', async () => {
    const folder = await freshFolder()
    const sink = jsonlAudit({ path: join(folder, 'audit.jsonl'), rotate: { maxBytes: 10 } })
    await Promise.all([1, 2, 3].map((seq) => sink.write(record(seq))))
    await sink.write(record(4))
    await sink.close()
    expect(await files(folder)).toEqual([[1, 2, 3], [4]])
  })

  it('begins a new file with the first record of a day, also where the old one is of an earlier run', async () => {
    const folder = await freshFolder()
    const path = join(folder, 'audit.jsonl')
    const before = jsonlAudit({ path, rotate: { daily: true } })
    await before.write(record(1, { at: '2026-11-21T23:59:59.999Z' }))
    await before.close()
    const sink = jsonlAudit({ path, rotate: { daily: true } })
    await sink.write(record(2, { at: '2026-11-21T23:59:59.999Z' }))
    await sink.write(record(3, { at: '2026-11-22T00:00:00.000Z' }))
    // Of a process that is late.
    await sink.write(record(4, { at: '2026-11-21T23:59:59.999Z' }))
    await sink.write(record(5, { at: '2026-11-23T12:00:00.000Z' }))
    await sink.close()
    expect(await files(folder)).toEqual([[1, 2], [3, 4], [5]])
  })

  it('keeps as many files as it was told besides the one that it writes, and deletes nobody else’s', async () => {
    const folder = await freshFolder()
    const others = ['audit.old.jsonl', 'audit.20261122T080000000Z-cafe.jsonl', 'other.20261122T080000000Z-cafecafe.jsonl', 'notes']
    await Promise.all(others.map((name) => writeFile(join(folder, name), '')))
    const sink = jsonlAudit({ path: join(folder, 'audit.jsonl'), rotate: { maxBytes: 1, keep: 2 } })
    for (const seq of [1, 2, 3, 4, 5]) await sink.write(record(seq))
    await sink.close()
    const names = await readdir(folder)
    expect(names).toEqual(expect.arrayContaining(others))
    await Promise.all(others.map((name) => rm(join(folder, name))))
    expect(await files(folder)).toEqual([[3], [4], [5]])
  })

  it('makes each file readable and writable by its owner only', async () => {
    const folder = await freshFolder()
    const sink = jsonlAudit({ path: join(folder, 'audit.jsonl'), rotate: { maxBytes: 1 } })
    for (const seq of [1, 2, 3]) await sink.write(record(seq))
    await sink.close()
    const modes = (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).mode & 0o777)
    expect(await Promise.all(modes)).toEqual([0o600, 0o600, 0o600])
  })

  it('SI-02 ends a torn line before it puts its file aside or goes on in it', async () => {
    const folder = await freshFolder()
    const path = join(folder, 'audit.jsonl')
    await writeFile(path, `${JSON.stringify(record(1))}\n{"v":1,"at":"2026-`)
    const sink = jsonlAudit({ path, rotate: { maxBytes: 1_000 } })
    for (const seq of [2, 3, 4, 5, 6, 7, 8, 9]) await sink.write(record(seq))
    await sink.close()
    expect((await files(folder)).flat()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('SI-04 lets several processes rotate one file: every record once, each process in its own order', async () => {
    const folder = await freshFolder()
    const [processes, each] = [4, 100]
    const ended = Array.from(
      { length: processes },
      (_, worker) =>
        child(
          folder,
          `
          const sink = jsonlAudit({ path, fsync: 'never', rotate: { maxBytes: 4_000 } })
          for (let index = 0; index < ${each}; index++) await sink.write(record(${worker * each} + index, { model: 'y'.repeat(index) }))`,
        ).ended,
    )
    for (const outcome of await Promise.all(ended)) expect(outcome).toEqual({ code: 0, stderr: '' })
    const written = await files(folder)
    expect(written.length).toBeGreaterThan(10)
    expect(written.flat().toSorted((one, other) => one - other)).toEqual(Array.from({ length: processes * each }, (_, seq) => seq))
  })

  it.each(['always', 'interval', 'never'] as const)(
    'SI-01 loses no acknowledged record to kill -9 while files are rotated, and writes none twice (fsync: %s)',
    async (fsync) => {
      const folder = await freshFolder()
      const acknowledged: number[] = []
      for (const first of [0, 1_000_000, 2_000_000]) {
        const { running, ended, said } = child(
          folder,
          `
          const sink = jsonlAudit({ path, fsync: '${fsync}', intervalMs: 5, rotate: { maxBytes: 600 } })
          let seq = ${first}
          const write = async () => {
            for (;;) {
              const mine = seq++
              await sink.write(record(mine, { model: 'x'.repeat(mine % 300) }))
              writeSync(1, mine + '\\n')
            }
          }
          for (let writer = 0; writer < 3; writer++) write()`,
        )
        let count = 0
        for await (const line of said) {
          acknowledged.push(Number(line))
          if (++count === 60) running.kill('SIGKILL')
        }
        expect(await ended).toEqual({ code: null, stderr: '' })
      }
      const written = (await files(folder)).flat()
      expect(new Set(written).size).toBe(written.length)
      expect(new Set(written)).toEqual(new Set([...written, ...acknowledged]))
      expect(acknowledged.length).toBeGreaterThanOrEqual(180)
    },
  )

  it.each([
    [{}, 'rotate must be { maxBytes }, { daily: true } or both, got {}'],
    [{ keep: 3 }, 'rotate must be { maxBytes }, { daily: true } or both, got {"keep":3}'],
    [{ maxBytes: 0 }, 'rotate.maxBytes must be a number of bytes from 1, got 0'],
    [{ maxBytes: 1, keep: 0 }, 'rotate.keep must be a number of files from 1, got 0'],
    [{ daily: 'yes' }, 'rotate.daily must be true or false, got yes'],
    [{ maxSize: 1 }, 'rotate.maxSize must be left out: there is no such option, got 1'],
    ['daily', 'rotate must be an object, got daily'],
  ])('refuses %j', (rotate, message) => {
    // @ts-expect-error -- as from JavaScript
    expect(() => jsonlAudit({ path: 'a', rotate })).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', message: `jsonlAudit: ${message}` }),
    )
  })
})

describe('jsonlAudit(), whatever happens to its file', () => {
  it('goes on in a new file when another program has rotated it', async () => {
    const folder = await freshFolder()
    const path = join(folder, 'audit.jsonl')
    const sink = jsonlAudit({ path })
    await sink.write(record(1))
    await rename(path, join(folder, 'audit.1'))
    await sink.write(record(2))
    await rm(path)
    await sink.write(record(3))
    await appendFile(path, `${JSON.stringify(record(4))}\n`)
    await sink.write(record(5))
    await sink.close()
    expect(await sequence(join(folder, 'audit.1'))).toEqual([1])
    expect(await sequence(path)).toEqual([3, 4, 5])
  })

  it('SI-05 acknowledges nothing while its folder has vanished, and goes on when it is back; calls go on all the while', async () => {
    const folder = await freshFolder()
    const path = join(folder, 'logs', 'audit.jsonl')
    await mkdir(join(folder, 'logs'))
    const client = createRouter({
      providers: [fakeProvider({ models: ['m'], script: answer('Hello') })],
      audit: jsonlAudit({ path, rotate: { daily: true } }),
    })
    const call = async (): Promise<string | null | undefined> => {
      const completion = await client.chat.completions.create({ model: 'fake/m', messages: [{ role: 'user', content: 'Hi' }] })
      return completion.choices[0]?.message.content
    }
    expect(await call()).toBe('Hello')
    expect(await client.flush()).toBe(0)
    const before = await sequence(path)
    await rename(join(folder, 'logs'), join(folder, 'gone'))
    expect(await call()).toBe('Hello')
    const lost = await client.flush()
    expect(lost).toBeGreaterThan(0)
    expect(existsSync(path)).toBe(false)
    await mkdir(join(folder, 'logs'))
    expect(await call()).toBe('Hello')
    expect(await client.close()).toBe(lost)
    const after = await sequence(path)
    expect(await sequence(join(folder, 'gone', 'audit.jsonl'))).toEqual(before)
    // Acknowledged or counted, each record is one of them.
    expect(Math.max(...after)).toBe(before.length + lost + after.length)
    expect(await readFile(path, 'utf8')).toContain(`"type":"sink.dropped","count":${lost}`)
  })
})

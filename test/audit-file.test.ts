import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { appendFile, mkdir, mkdtemp, readFile, readdir, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jsonlAudit } from '../src/audit/jsonl-file.ts'
import type { AuditRecord } from '../src/contracts/audit.ts'
import { ModelyardError } from '../src/errors.ts'

let folder = ''
let files = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'modelyard-audit-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const freshPath = () => join(folder, `${++files}.jsonl`)

function record(seq: number, model = 'acme/large'): AuditRecord {
  const event = { type: 'request.accepted', model, stream: false, operation: 'chat' } as const
  return { v: 1, id: `router-${seq}`, at: '2026-11-22T08:00:00.000Z', seq, event }
}

const linesOf = async (path: string) => (await readFile(path, 'utf8')).split('\n')

function parsed(lines: readonly string[]): AuditRecord[] {
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const value: AuditRecord = JSON.parse(line)
      return value
    })
}

const sequence = async (path: string) => parsed(await linesOf(path)).map(({ seq }) => seq)

/** How many descriptors of this process lead into the test's folder. */
async function openFiles(): Promise<number> {
  const descriptors = await readdir('/proc/self/fd')
  // One of them is the listing itself, closed by now.
  const paths = await Promise.all(descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')))
  return paths.filter((path) => path.startsWith(folder)).length
}

/** Runs a program that has `jsonlAudit` and `record` at hand, under the shell's limits where there are any. */
function child(program: string, limits?: string) {
  const source = new URL('../src/audit/jsonl-file.ts', import.meta.url)
  const code = `
    import { writeSync } from 'node:fs'
    import { jsonlAudit } from ${JSON.stringify(source.href)}
    const record = ${record.toString()}
    ${program}`
  const flags = ['--experimental-strip-types', '--no-warnings', '--input-type=module', '--eval', code]
  const [command, ...rest] =
    limits === undefined ? [process.execPath, ...flags] : ['sh', '-c', `${limits}; exec "$0" "$@"`, process.execPath, ...flags]
  const running = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
  let stderr = ''
  running.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = new Promise<{ readonly code: number | null; readonly stderr: string }>((resolve) => {
    running.on('close', (exitCode) => resolve({ code: exitCode, stderr }))
  })
  return { running, ended, said: createInterface(running.stdout) }
}

describe('jsonlAudit()', () => {
  it('opens nothing before the first record, and makes no file for a flush', async () => {
    const path = freshPath()
    const sink = jsonlAudit({ path })
    await sink.flush()
    await sink.close()
    expect(existsSync(path)).toBe(false)
  })

  it('appends one line of JSON per record, in order', async () => {
    const path = freshPath()
    const sink = jsonlAudit({ path })
    const records = Array.from({ length: 500 }, (_, seq) => record(seq))
    await Promise.all(records.map((each) => sink.write(each)))
    expect(parsed(await linesOf(path))).toEqual(records)
    await sink.write(record(500))
    await sink.close()
    const again = jsonlAudit({ path })
    await again.write(record(501))
    await again.close()
    expect((await sequence(path)).slice(-3)).toEqual([499, 500, 501])
  })

  it.each(['always', 'interval', 'never'] as const)(
    'SI-01 has written a record when its write resolves (fsync: %s)',
    async (fsync) => {
      const path = freshPath()
      const sink = jsonlAudit({ path, fsync })
      await sink.write(record(1))
      expect(await sequence(path)).toEqual([1])
      await sink.flush()
      await sink.close()
    },
  )

  it.each(['always', 'interval', 'never'] as const)(
    'SI-01 loses no acknowledged record to kill -9, writes none twice, and tears at most the last line (fsync: %s)',
    async (fsync) => {
      const path = freshPath()
      const acknowledged: number[] = []
      for (const first of [0, 1_000_000]) {
        const { running, ended, said } = child(`
          const sink = jsonlAudit({ path: ${JSON.stringify(path)}, fsync: '${fsync}', intervalMs: 5 })
          let seq = ${first}
          const write = async () => {
            for (;;) {
              const mine = seq++
              await sink.write(record(mine, 'x'.repeat(mine % 3_000)))
              writeSync(1, mine + '\\n')
            }
          }
          for (let writer = 0; writer < 20; writer++) write()`)
        let count = 0
        for await (const line of said) {
          acknowledged.push(Number(line))
          if (++count === 200) running.kill('SIGKILL')
        }
        expect(await ended).toEqual({ code: null, stderr: '' })
      }
      // Ends whatever the second kill left unfinished.
      const sink = jsonlAudit({ path, fsync })
      await sink.write(record(-1))
      await sink.close()
      const lines = (await linesOf(path)).filter((line) => line !== '')
      const readable = lines.filter((line) => line.startsWith('{') && line.endsWith('}'))
      expect(lines.length - readable.length).toBeLessThanOrEqual(2)
      const written = parsed(readable).map(({ seq }) => seq)
      expect(new Set(written).size).toBe(written.length)
      expect(new Set(written)).toEqual(new Set([...written, ...acknowledged, -1]))
      expect(acknowledged.length).toBeGreaterThanOrEqual(400)
    },
  )

  it('SI-02 ends a torn last line, so that it never swallows the next record', async () => {
    const path = freshPath()
    await writeFile(path, `${JSON.stringify(record(1))}\n{"v":1,"at":"2026-`)
    const sink = jsonlAudit({ path })
    await Promise.all([sink.write(record(2)), sink.write(record(3))])
    await sink.write(record(4))
    await sink.close()
    const written = [1, 2, 3, 4].map((seq) => JSON.stringify(record(seq)))
    expect(await linesOf(path)).toEqual([written[0], '{"v":1,"at":"2026-', ...written.slice(1), ''])
  })

  it.skipIf(process.platform === 'win32')(
    'SI-02 ends a line that its own failed write has torn (on systems with ulimit)',
    async () => {
      const path = freshPath()
      // The limit tears a line as a full disk would; cutting the file makes room again and leaves it torn.
      const { ended } = child(
        `
      import { statSync, truncateSync } from 'node:fs'
      process.on('SIGXFSZ', () => {})
      const sink = jsonlAudit({ path: ${JSON.stringify(path)} })
      let seq = 0
      let failure
      while (failure === undefined) await sink.write(record(++seq)).catch((error) => (failure = error))
      if (failure.code !== 'EFBIG') throw failure
      truncateSync(${JSON.stringify(path)}, statSync(${JSON.stringify(path)}).size - 200)
      await sink.write(record(-1))`,
        'ulimit -f 8',
      )
      expect(await ended).toEqual({ code: 0, stderr: '' })
      const lines = await linesOf(path)
      expect(lines.slice(-2)).toEqual([JSON.stringify(record(-1)), ''])
      expect(() => parsed(lines.slice(-3, -2))).toThrow(SyntaxError)
      expect(parsed(lines.slice(0, -3)).map(({ seq }) => seq)).toEqual(
        Array.from({ length: lines.length - 3 }, (_, index) => index + 1),
      )
    },
  )

  it('SI-02 leaves a whole last line, and an empty file, as they are', async () => {
    const [whole, empty] = [freshPath(), freshPath()]
    await writeFile(whole, `${JSON.stringify(record(1))}\n`)
    await writeFile(empty, '')
    for (const path of [whole, empty]) {
      const sink = jsonlAudit({ path })
      await sink.write(record(2))
      await sink.close()
    }
    expect(await linesOf(whole)).toEqual([JSON.stringify(record(1)), JSON.stringify(record(2)), ''])
    expect(await linesOf(empty)).toEqual([JSON.stringify(record(2)), ''])
  })

  it.each(['\r', '\n', '\r\n', '\u2028', '\u2029', '\u0085', '\u0000', '\v\f', '\ud800', '"\\', '😀'])(
    'SI-03 writes one line and reads it back, whatever is in it: %j',
    async (text) => {
      const path = freshPath()
      const sink = jsonlAudit({ path })
      const odd = record(1, `before${text}after`)
      await sink.write(odd)
      await sink.close()
      const file = await readFile(path, 'utf8')
      // Every line break that any reader of lines knows.
      for (const lineBreak of '\n\r\v\f\u001C\u001D\u001E\u0085\u2028\u2029') expect(file.slice(0, -1)).not.toContain(lineBreak)
      expect(JSON.parse(file)).toEqual(odd)
    },
  )

  it('SI-04 lets several processes share the file: whole lines only, each in its own order', async () => {
    const path = freshPath()
    const [processes, each] = [4, 400]
    const outcomes = Array.from({ length: processes }, (_, worker) => {
      const { ended } = child(`
        const sink = jsonlAudit({ path: ${JSON.stringify(path)}, fsync: 'never' })
        for (let round = 0; round < 20; round++) {
          const first = ${worker * each} + round * ${each / 20}
          await Promise.all(Array.from({ length: ${each / 20} }, (_, index) => sink.write(record(first + index, 'y'.repeat(900 + index)))))
        }`)
      return ended
    })
    for (const outcome of await Promise.all(outcomes)) expect(outcome).toEqual({ code: 0, stderr: '' })
    const written = await sequence(path)
    expect(written.toSorted((one, other) => one - other)).toEqual(Array.from({ length: processes * each }, (_, seq) => seq))
    for (let worker = 0; worker < processes; worker++) {
      const mine = written.filter((seq) => Math.floor(seq / each) === worker)
      expect(mine).toEqual(mine.toSorted((one, other) => one - other))
    }
  })

  it('SI-05 rejects for a folder, and for a folder that is missing, and works as soon as it is there', async () => {
    await expect(jsonlAudit({ path: folder }).write(record(1))).rejects.toMatchObject({ code: 'EISDIR' })
    const path = join(folder, 'later', 'audit.jsonl')
    const sink = jsonlAudit({ path })
    await expect(Promise.all([sink.write(record(1)), sink.write(record(2))])).rejects.toMatchObject({ code: 'ENOENT' })
    await mkdir(join(folder, 'later'))
    await sink.write(record(3))
    await sink.close()
    expect(await sequence(path)).toEqual([3])
  })

  it.skipIf(!existsSync('/dev/full'))('SI-05 rejects when the disk is full (on systems with /dev/full)', async () => {
    const sink = jsonlAudit({ path: '/dev/full' })
    await expect(sink.write(record(1))).rejects.toMatchObject({ code: 'ENOSPC' })
    await expect(sink.write(record(2))).rejects.toMatchObject({ code: 'ENOSPC' })
    await sink.close()
  })

  it('SI-05 leaves no rejection unhandled when nobody waits for the write', async () => {
    const { ended } = child(`
      const sink = jsonlAudit({ path: ${JSON.stringify(join(folder, 'missing', 'audit.jsonl'))} })
      sink.write(record(1))
      sink.write({ get event() { throw new Error('trap') } })
      await sink.close().catch(() => {})
      sink.write(record(2))`)
    expect(await ended).toEqual({ code: 0, stderr: '' })
  })

  it('SI-05 rejects a record that is no JSON, and writes those around it', async () => {
    const path = freshPath()
    const sink = jsonlAudit({ path })
    const circular: AuditRecord = Object.assign(record(2), { self: {} })
    Object.assign(circular, { self: circular })
    const [one, two, three] = [record(1), circular, record(3)].map((each) => sink.write(each))
    await expect(two).rejects.toThrow(TypeError)
    await Promise.all([one, three])
    await sink.close()
    expect(await sequence(path)).toEqual([1, 3])
  })

  it('SI-07 makes the file readable and writable by its owner only', async () => {
    const path = freshPath()
    const sink = jsonlAudit({ path })
    await sink.write(record(1))
    await sink.close()
    expect((await stat(path)).mode & 0o777).toBe(process.platform === 'win32' ? 0o666 : 0o600)
  })

  it.each(['always', 'interval', 'never'] as const)(
    'SI-07 does not keep the process alive while open, and loses nothing when it ends (fsync: %s)',
    async (fsync) => {
      const path = freshPath()
      const { ended } = child(`
        const sink = jsonlAudit({ path: ${JSON.stringify(path)}, fsync: '${fsync}', intervalMs: 2_000_000_000 })
        await sink.write(record(1))
        sink.write(record(2))`)
      expect(await ended).toEqual({ code: 0, stderr: '' })
      expect(await sequence(path)).toEqual([1, 2])
    },
  )

  it('finishes what is under way when it is closed, and takes nothing afterwards', async () => {
    const path = freshPath()
    const sink = jsonlAudit({ path, fsync: 'interval' })
    const first = sink.write(record(1))
    const closed = sink.close()
    await expect(sink.write(record(2))).rejects.toThrow('is closed')
    await Promise.all([first, closed, sink.close(), sink.flush()])
    expect(await sequence(path)).toEqual([1])
  })

  it('goes on at the end when another program has written to the file', async () => {
    const path = freshPath()
    const sink = jsonlAudit({ path })
    await sink.write(record(1))
    await appendFile(path, `${JSON.stringify(record(2))}\n`)
    await sink.write(record(3))
    await sink.close()
    expect(await sequence(path)).toEqual([1, 2, 3])
  })

  it.runIf(existsSync('/proc/self/fd'))(
    'keeps one descriptor while open and none once closed (on systems with /proc)',
    async () => {
      const sinks = Array.from({ length: 20 }, () => jsonlAudit({ path: freshPath() }))
      for (let round = 0; round < 3; round++) await Promise.all(sinks.map((sink) => sink.write(record(round))))
      expect(await openFiles()).toBe(20)
      await Promise.all(sinks.map((sink) => sink.close()))
      expect(await openFiles()).toBe(0)
    },
  )

  it.each([
    [{ path: '' }, 'jsonlAudit: path must be the name of a file, got ""'],
    [{ path: 'a', fsync: 'sometimes' }, `jsonlAudit: fsync must be 'always', 'interval' or 'never', got "sometimes"`],
    [{ path: 'a', intervalMs: 0 }, 'jsonlAudit: intervalMs must be a number of milliseconds from 1 to 2147483647, got 0'],
  ])('refuses %j', (options, message) => {
    const parsedOptions: { readonly path: string } = JSON.parse(JSON.stringify(options))
    expect(() => jsonlAudit(parsedOptions)).toThrow(ModelyardError)
    expect(() => jsonlAudit(parsedOptions)).toThrow(message)
  })
})

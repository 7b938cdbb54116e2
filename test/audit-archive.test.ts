import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { appendFile, mkdtemp, readFile, readdir, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AppendFile } from '../src/audit/append-file.ts'
import { auditContent } from '../src/audit/content/index.ts'
import { chained, exportAudit, verifyAudit } from '../src/audit/chain/index.ts'
import { Rotation } from '../src/audit/rotation.ts'
import type { AuditArchive, AuditQuery, AuditRecord, AuditSink } from '../src/index.ts'
import { auditSubject, createRouter, jsonlAudit, memoryAudit } from '../src/index.ts'
import { answer, fakeClock, fakeProvider } from '../src/testing/index.ts'
import type { WriterOptions } from './audit/writer.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const publicKeys = [publicKey]
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

let root = ''
let folders = 0

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'modelyard-archive-'))
})

afterAll(() => rm(root, { recursive: true, force: true }))

/** The path of a file in a folder of its own. */
async function freshPath(): Promise<string> {
  const folder = await mkdtemp(join(root, `${++folders}-`))
  return join(folder, 'audit.jsonl')
}

function record(seq: number, fields: Partial<AuditRecord> = {}): AuditRecord {
  const event = { type: 'request.accepted', model: 'acme/large', stream: false, operation: 'chat' } as const
  const at = new Date(Date.UTC(2026, 10, 20, 8, 0, seq)).toISOString()
  return { v: 1, id: `router-${seq}`, at, seq, requestId: `req_${seq}`, event, ...fields }
}

const personal = (user: string) => ({ subject: user, content: `the secret of ${user}, "quoted" \\ and\u2028so on` })

async function all(records: AsyncIterable<AuditRecord>): Promise<AuditRecord[]> {
  const found: AuditRecord[] = []
  for await (const each of records) found.push(each)
  return found
}

const ids = async (archive: AuditArchive, query?: AuditQuery) => (await all(archive.read(query))).map(({ id }) => id)

/** The files of a folder that records are in. */
async function filesOf(path: string): Promise<string[]> {
  const folder = join(path, '..')
  return (await readdir(folder)).toSorted().map((name) => join(folder, name))
}

/** Everything that is in them. */
async function textOf(path: string): Promise<string> {
  return (await Promise.all((await filesOf(path)).map((file) => readFile(file, 'utf8')))).join('')
}

/** As if what was put aside had been so since some time in the past. */
async function age(path: string, day: string): Promise<void> {
  for (const file of await filesOf(path)) await rename(file, file.replace(/\.\d{8}T/, `.${day}T`))
}

/** A module of the sources, for a program of its own. */
const source = (file: string) => JSON.stringify(new URL(`../src/${file}`, import.meta.url).href)

function writer(path: string, name: string, { count = 100, maxBytes = 20_000 } = {}) {
  const program = join(import.meta.dirname, 'audit/writer.ts')
  const options: WriterOptions = { place: { path, maxBytes }, name, count, privateKey: pem }
  const running = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((resolve) => {
    running.on('close', (code) => resolve(code))
  })
  return { running, ended, said: createInterface(running.stdout) }
}

describe.each([
  ['a file that is rotated', async () => jsonlAudit({ path: await freshPath(), rotate: { maxBytes: 600 } })],
  ['a memory', () => Promise.resolve(memoryAudit())],
] as const)('the archive in %s', (_, make: () => Promise<AuditSink & AuditArchive>) => {
  /** With records of three agents in it. */
  async function filled() {
    const archive = await make()
    for (const seq of [1, 2, 3, 4, 5, 6, 7, 8])
      await archive.write(record(seq, { agent: `agent-${seq % 3}`, personal: personal(`user-${seq % 2}`) }))
    return archive
  }

  it('gives back what was written, in order', async () => {
    const archive = await filled()
    expect(await ids(archive)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((seq) => `router-${seq}`))
    const [first] = await all(archive.read())
    expect(first).toEqual(record(1, { agent: 'agent-1', personal: personal('user-1') }))
  })

  it.each([
    [{ agent: 'agent-1' }, [1, 4, 7]],
    [{ requestId: 'req_3' }, [3]],
    [{ subject: 'user-0' }, [2, 4, 6, 8]],
    [{ from: '2026-11-20T08:00:03Z', to: new Date('2026-11-20T08:00:05Z') }, [3, 4]],
    [{ types: ['request.completed'] }, []],
    [{ types: ['request.completed', 'request.accepted'], agent: 'agent-0', subject: 'user-0' }, [6]],
    [{ agent: 'nobody' }, []],
  ] satisfies [AuditQuery, number[]][])('finds what is asked for: %j', async (query, found) => {
    expect(await ids(await filled(), query)).toEqual(found.map((seq) => `router-${seq}`))
  })

  it('refuses what is no time', async () => {
    const archive = await filled()
    await expect(all(archive.read({ from: 'soon' }))).rejects.toMatchObject({ code: 'BAD_OPTION' })
    await expect(archive.prune({ before: 'soon' })).rejects.toMatchObject({ code: 'BAD_OPTION' })
  })

  it('erases what is personal to somebody, and nothing else, once', async () => {
    const archive = await filled()
    expect(await archive.deleteSubject('user-1')).toBe(4)
    expect(await archive.deleteSubject('user-1')).toBe(0)
    expect(await archive.deleteSubject('user-')).toBe(0)
    expect(await ids(archive)).toHaveLength(8)
    expect(await ids(archive, { subject: 'user-1' })).toEqual([])
    const records = await all(archive.read())
    expect(records).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8].map((seq) =>
        record(seq, { agent: `agent-${seq % 3}`, ...(seq % 2 === 0 && { personal: personal('user-0') }) }),
      ),
    )
  })

  it('erases nothing for what stands for nobody', async () => {
    const archive = await filled()
    await expect(archive.deleteSubject('')).rejects.toMatchObject({ code: 'BAD_OPTION', field: 'subject' })
    // @ts-expect-error -- as from JavaScript
    await expect(archive.deleteSubject(undefined)).rejects.toMatchObject({ code: 'BAD_OPTION', field: 'subject' })
    expect(await ids(archive, { subject: 'user-1' })).toHaveLength(4)
  })

  it('erases in a chain that verifies afterwards', async () => {
    const archive = await make()
    const chain = chained(archive, { sign: { privateKey } })
    for (const seq of [1, 2, 3, 4]) await chain.write(record(seq, { personal: personal(`user-${seq % 2}`) }))
    await chain.flush()
    expect(await archive.deleteSubject('user-1')).toBe(2)
    await chain.write(record(5))
    await chain.close()
    const verified = await verifyAudit(archive, { publicKeys })
    expect(verified).toMatchObject({ ok: true, erased: 2 })
    expect(verified.notes).toMatchObject([{ kind: 'erased' }])
  })
})

describe('the archive of a file', { timeout: 120_000 }, () => {
  it('has nothing before the first record, and says what is no record', async () => {
    const path = await freshPath()
    const archive = jsonlAudit({ path })
    expect(await ids(archive)).toEqual([])
    expect(await archive.deleteSubject('user-1')).toBe(0)
    expect(await archive.prune({ before: '2030-01-01' })).toBe(0)
    expect(await archive.lastLink()).toBeUndefined()
    await archive.write(record(1))
    await appendFile(path, '{"v":1,"at":"2026-\n\n[]\n{"v":1}\n')
    await archive.write(record(2))
    const unreadable: string[] = []
    expect(await ids(archive, { onUnreadable: (where) => unreadable.push(where) })).toEqual(['router-1', 'router-2'])
    expect(unreadable).toEqual([`${path}:2`, `${path}:4`, `${path}:5`])
  })

  it('reads each record once while files are put aside', async () => {
    const path = await freshPath()
    const archive = jsonlAudit({ path, fsync: 'never', rotate: { maxBytes: 1_000 } })
    for (let seq = 1; seq <= 20; seq++) await archive.write(record(seq))
    const found: string[] = []
    for await (const { id, seq } of archive.read()) {
      found.push(id)
      await archive.write(record(seq + 20))
    }
    expect(found).toEqual(Array.from({ length: 20 }, (_, index) => `router-${index + 1}`))
    expect(await ids(archive)).toHaveLength(40)
  })

  it('reads lines of any length, and what they hold to the letter', async () => {
    const path = await freshPath()
    const archive = jsonlAudit({ path, fsync: 'never' })
    const records = [0, 1, 65_000, 65_500, 65_536, 200_000, 5].map((length, seq) =>
      record(seq, { personal: { subject: 'a\u2029"b', content: 'é\n\u2028"'.repeat(length / 5) } }),
    )
    await Promise.all(records.map((each) => archive.write(each)))
    expect(await all(archive.read())).toEqual(records)
    expect(await archive.deleteSubject('a\u2029"b')).toBe(7)
    expect(await all(archive.read())).toEqual(records.map(({ seq }) => record(seq)))
  })

  it('erases in every file where it stands: neither the hash nor the content is found there any more', async () => {
    const path = await freshPath()
    const archive = jsonlAudit({ path, rotate: { maxBytes: 2_000 } })
    const chain = chained(archive, { sign: { privateKey } })
    for (let seq = 1; seq <= 30; seq++) await chain.write(record(seq, { personal: personal(`user-${seq % 3}`) }))
    const files = await filesOf(path)
    expect(files.length).toBeGreaterThan(3)
    const sizes = async () => Promise.all(files.map(async (file) => (await stat(file)).size))
    const before = await sizes()
    expect(await archive.deleteSubject('user-1')).toBe(10)
    expect(await sizes()).toEqual(before)
    const text = await textOf(path)
    expect(text).not.toContain('user-1')
    expect(text.match(/the secret of user-2/g)).toHaveLength(10)
    expect(await filesOf(path)).toEqual(files)
    const modes = await Promise.all(files.map(async (file) => (await stat(file)).mode & 0o777))
    expect(new Set(modes)).toEqual(new Set([process.platform === 'win32' ? 0o666 : 0o600]))
    await chain.close()
    expect(await verifyAudit(path, { publicKeys })).toMatchObject({ ok: true, erased: 10 })
  })

  it('erases in a line that was never finished', async () => {
    const path = await freshPath()
    const line = JSON.stringify({ ...record(1), personal: personal('user-1') })
    for (const length of [line.length - 1, line.length - 10]) {
      await writeFile(path, line.slice(0, length))
      const archive = jsonlAudit({ path })
      await archive.write(record(2))
      expect(await archive.deleteSubject('user-1')).toBe(1)
      expect(await textOf(path)).not.toMatch(/user-1|secret/)
      expect((await ids(archive)).at(-1)).toBe('router-2')
      await archive.close()
    }
  })

  it('finishes what an erasure that was killed has begun', async () => {
    const path = await freshPath()
    const line = JSON.stringify({ ...record(1), personal: personal('user-1') })
    const middle = line.indexOf('"content"') + 30
    await writeFile(path, `${line.slice(0, middle)}${' '.repeat(line.length - middle - 1)}}\n`)
    const archive = jsonlAudit({ path })
    const unreadable: string[] = []
    expect(await ids(archive, { onUnreadable: (where) => unreadable.push(where) })).toEqual([])
    expect(unreadable).toHaveLength(1)
    expect(await archive.deleteSubject('user-1')).toBe(1)
    expect(await all(archive.read())).toEqual([record(1)])
    expect(await archive.deleteSubject('user-1')).toBe(0)
  })

  it('erases nothing in lines that it has not written', async () => {
    const path = await freshPath()
    const line = `{"v":1,"personal":{"subject":"user-1"},"id":"x","at":"2026-11-20T08:00:00.000Z","event":{"type":"chain.head"}}\n`
    await writeFile(path, line)
    await expect(jsonlAudit({ path }).deleteSubject('user-1')).rejects.toThrow('not written by jsonlAudit()')
    expect(await textOf(path)).toBe(line)
  })

  it('loses no record of processes that write, rotate and are killed while somebody is erased', async () => {
    const path = await freshPath()
    const writers = ['one', 'two', 'three'].map((name) => writer(path, name, { count: name === 'three' ? 100_000 : 150 }))
    const archive = jsonlAudit({ path })
    const acknowledged = new Set<string>()
    const heard = writers.map(async ({ said, running }, index) => {
      let count = 0
      for await (const line of said) {
        acknowledged.add(line)
        if (index === 2 && ++count === 120) running.kill('SIGKILL')
      }
    })
    const over = new AbortController()
    const erasing = (async () => {
      let erased = 0
      while (!over.signal.aborted) erased += await archive.deleteSubject('user-1')
      return erased
    })()
    await Promise.all(heard)
    expect(await Promise.all(writers.map(({ ended }) => ended))).toEqual([0, 0, null])
    over.abort()
    expect(await erasing).toBeGreaterThan(0)
    await archive.deleteSubject('user-1')
    expect(await textOf(path)).not.toContain('user-1')
    const written = await ids(archive)
    expect(new Set(written).size).toBe(written.length)
    expect(new Set(written)).toEqual(new Set([...written, ...acknowledged]))
    const verified = await verifyAudit(path, { publicKeys })
    expect(verified.faults).toEqual([])
    expect(verified.chains).toHaveLength(3)
    expect(verified.notes.filter(({ kind }) => kind === 'open_end').length).toBeLessThanOrEqual(1)
  })

  it('writes again what went into a file that was deleted since it was looked for', async () => {
    const path = await freshPath()
    class Deleting extends Rotation {
      #isDeleted = false
      override isDue(): boolean {
        if (!this.#isDeleted) rmSync(path)
        this.#isDeleted = true
        return false
      }
    }
    const file = new AppendFile(path, new Deleting(path, { daily: true }))
    await file.append('{"seq":1}\n')
    await file.sync()
    expect(await readFile(path, 'utf8')).toBe('{"seq":1}\n')
    await file.close()
  })
})

/** The lines of a text, as a file has them. */
async function* linesOf(text: Buffer): AsyncGenerator<string> {
  await Promise.resolve()
  yield* text
    .toString()
    .split('\n')
    .filter((line) => line !== '')
}

describe('verifyAudit(), of files', { timeout: 120_000 }, () => {
  it('names file and line, in those that were put aside too, and takes several in any order', async () => {
    const path = await freshPath()
    const chain = chained(jsonlAudit({ path, rotate: { maxBytes: 2_000 } }), { sign: { privateKey } })
    for (let seq = 1; seq <= 20; seq++) await chain.write(record(seq))
    await chain.close()
    const files = await filesOf(path)
    expect(files.length).toBeGreaterThan(2)
    expect(await verifyAudit(path, { publicKeys })).toMatchObject({ ok: true, records: 22, notes: [] })
    const [oldest = '', ...others] = files
    expect(await verifyAudit([path], { publicKeys })).toMatchObject({ ok: true, records: 22 })
    const text = await readFile(oldest, 'utf8')
    await writeFile(oldest, text.replace('"seq":2,', '"seq":9,'))
    expect((await verifyAudit(path)).faults).toMatchObject([{ kind: 'altered', n: 3, id: 'router-2', where: `${oldest}:3` }])
    await writeFile(oldest, text)
    await rm(others[0] ?? '')
    const [fault] = (await verifyAudit(path)).faults
    expect(fault).toMatchObject({ kind: 'removed', where: `${others[1]}:1` })
    // Apart from the current file's own name, the order in which files are given says nothing.
    const copies = await Promise.all(
      files
        .filter((file) => file !== others[0])
        .map(async (file, index) => {
          const copy = join(path, '..', `copy-${index}.jsonl`)
          await writeFile(copy, await readFile(file))
          return copy
        }),
    )
    const shuffled = await verifyAudit(copies.toReversed(), { publicKeys })
    expect(shuffled.faults.map(({ kind }) => kind)).toEqual(['removed'])
  })

  it('finds a change of any byte, whichever it is', async () => {
    const path = await freshPath()
    const chain = chained(jsonlAudit({ path }), { sign: { privateKey } })
    for (const seq of [1, 2]) await chain.write(record(seq, { agent: 'é\u2028"', personal: { subject: 'user-1', content: '😀' } }))
    await chain.close()
    const expected = chain.head === undefined ? [] : [chain.head]
    const bytes = await readFile(path)
    const verify = (text: Buffer) => verifyAudit(linesOf(text), { publicKeys, expect: expected })
    expect((await verify(bytes)).ok).toBe(true)
    const unnoticed: string[] = []
    for (let index = 0; index < bytes.length; index++) {
      const changed = Buffer.from(bytes)
      changed[index] = (bytes[index] ?? 0) ^ (index % 2 === 0 ? 1 : 0x20)
      if ((await verify(changed)).ok) unnoticed.push(`${index} ${String(bytes.subarray(index - 10, index + 10))}`)
    }
    expect(unnoticed).toEqual([])
  })

  it('takes a chain that a kill has cut short as it is, and goes on from it: what is then cut off is missed', async () => {
    const path = await freshPath()
    const { running, said, ended } = writer(path, 'one', { count: 100_000, maxBytes: 1_000_000 })
    let count = 0
    for await (const line of said) if (line !== '' && ++count === 60) running.kill('SIGKILL')
    await ended
    expect(await verifyAudit(path, { publicKeys })).toMatchObject({ ok: true })
    const size = async () => (await stat(path)).size
    const killed = await size()
    const next = chained(jsonlAudit({ path }), { sign: { privateKey } })
    await next.write(record(1))
    await next.close()
    expect(await verifyAudit(path, { publicKeys })).toMatchObject({ ok: true, chains: [{}, {}] })
    const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '')
    const last = lines.findIndex((line) => line.includes('chain.started') && line.includes('"after"'))
    expect(killed).toBeLessThan(await size())
    const torn = last > 0 && !lines[last - 1]?.endsWith('}') ? 1 : 0
    await writeFile(path, `${lines.toSpliced(last - 1 - torn, 1).join('\n')}\n`)
    const cut = await verifyAudit(path, { publicKeys })
    expect(cut.faults).toMatchObject([{ kind: 'removed', message: expect.stringContaining('its end is missing') }])
  })

  it('keeps what a router was asked, and answered, until its user is erased', async () => {
    const path = await freshPath()
    const file = jsonlAudit({ path })
    const pepper = 'a pepper of some length'
    const client = createRouter({
      providers: [fakeProvider({ models: ['m'], script: answer('The answer to everyone.') })],
      audit: { sinks: chained(file, { sign: { privateKey } }), subject: { pepper }, content: auditContent({ redact: false }) },
    })
    const ask = (user: string) =>
      client.chat.completions.create({ model: 'fake/m', messages: [{ role: 'user', content: `I am ${user}!` }], user })
    await Promise.all(['ada', 'grace', 'ada'].map(ask))
    expect(await client.close()).toBe(0)
    const types = ['request.content', 'answer.content'] as const
    const before = await all(file.read({ types }))
    expect(before).toHaveLength(6)
    expect(await textOf(path)).toContain('I am ada!')
    expect(await verifyAudit(path, { publicKeys })).toMatchObject({ ok: true, notes: [] })
    const ada = auditSubject('ada', pepper)
    const erased = await file.deleteSubject(ada)
    expect(erased).toBeGreaterThanOrEqual(4)
    const text = await textOf(path)
    expect(text).not.toContain('I am ada!')
    expect(text).not.toContain(ada)
    expect(text).toContain('I am grace!')
    expect(await verifyAudit(path, { publicKeys })).toMatchObject({ ok: true, erased })
    const after = await all(file.read({ types }))
    expect(after.map(({ personal: each }) => each?.content !== undefined).filter(Boolean)).toHaveLength(2)
    const report = await client.replay(file.read())
    expect(report.unreadable).toEqual([])
  })

  it('ends with a head when its process ends by itself, although nobody has closed it', async () => {
    const path = await freshPath()
    const program = `
      import { chained } from ${source('audit/chain/index.ts')}
      import { createRouter, jsonlAudit } from ${source('index.ts')}
      import { answer, fakeProvider } from ${source('testing/index.ts')}
      const client = createRouter({
        providers: [fakeProvider({ models: ['m'], script: answer('Hello') })],
        audit: chained(jsonlAudit({ path: ${JSON.stringify(path)} })),
      })
      await client.chat.completions.create({ model: 'fake/m', messages: [{ role: 'user', content: 'Hi' }] })`
    const flags = ['--experimental-strip-types', '--no-warnings', '--input-type=module', '--eval', program]
    const [code] = await once(spawn(process.execPath, flags, { stdio: ['ignore', 'inherit', 'inherit'] }), 'close')
    expect(code).toBe(0)
    const verified = await verifyAudit(path)
    expect(verified).toMatchObject({ ok: true, notes: [] })
    expect(verified.records).toBeGreaterThan(5)
  })

  it('takes a line that is deeper than anything that is written for what it is', async () => {
    const path = await freshPath()
    const chain = chained(jsonlAudit({ path }))
    await chain.write(record(1))
    await chain.close()
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    await appendFile(path, `{"v":1,"id":"x","at":"","chain":{"id":"a"},"event":${deep}}\n`)
    const { faults, notes } = await verifyAudit(path)
    expect([...faults, ...notes]).toMatchObject([{ where: `${path}:4` }])
  })

  it('tells a torn line from a record that was removed', async () => {
    const path = await freshPath()
    const chain = chained(jsonlAudit({ path }))
    for (const seq of [1, 2, 3]) await chain.write(record(seq))
    await truncate(path, (await stat(path)).size - 20)
    const torn = await verifyAudit(path)
    expect(torn.faults).toEqual([])
    expect(torn.notes.map(({ kind }) => kind)).toEqual(['unreadable', 'open_end'])
  })
})

/** A chain over several files, which were put aside long ago. */
async function old() {
  const path = await freshPath()
  const chain = chained(jsonlAudit({ path, rotate: { maxBytes: 2_000 } }), {
    sign: { privateKey },
    clock: fakeClock({ wallMs: Date.UTC(2026, 10, 20, 8) }),
  })
  for (let seq = 1; seq <= 20; seq++) await chain.write(record(seq))
  await chain.close()
  await age(path, '20261120')
  return { path, archive: jsonlAudit({ path }) }
}

/** What an archive gives whose store goes away. */
async function* brokenOff(): AsyncGenerator<AuditRecord> {
  yield record(1, { agent: 'x'.repeat(100_000) })
  await Promise.resolve()
  throw new Error('away')
}

describe('exportAudit()', () => {
  it('writes what is asked for into a file that only its owner may open, in the place of one that was there', async () => {
    const path = await freshPath()
    const archive = jsonlAudit({ path, rotate: { maxBytes: 100_000 } })
    const chain = chained(archive, { sign: { privateKey } })
    const content = 'with \u2028 and é'.repeat(100)
    for (let seq = 1; seq <= 200; seq++)
      await chain.write(record(seq, { agent: `agent-${seq % 2}`, personal: { subject: 'user-1', content } }))
    await chain.close()
    const target = join(path, '..', 'export.jsonl')
    await writeFile(target, 'something else')
    expect(await exportAudit(archive, target)).toBe(202)
    expect((await stat(target)).mode & 0o777).toBe(process.platform === 'win32' ? 0o666 : 0o600)
    expect(await verifyAudit(target, { publicKeys })).toMatchObject({ ok: true, records: 202 })
    expect(await exportAudit(archive, target, { agent: 'agent-1', from: record(100).at })).toBe(50)
    expect(await all(jsonlAudit({ path: target }).read())).toEqual(
      await all(archive.read({ agent: 'agent-1', from: record(100).at })),
    )
  })

  it('leaves what was there, and nothing beside it, where the archive or the disk fails', async () => {
    const path = await freshPath()
    await writeFile(path, 'as it was')
    await expect(exportAudit({ read: brokenOff }, path)).rejects.toThrow('away')
    expect(await readFile(path, 'utf8')).toBe('as it was')
    expect(await filesOf(path)).toEqual([path])
    await expect(exportAudit(memoryAudit(), join(path, '..', 'missing', 'export.jsonl'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('refuses what it cannot take', async () => {
    // @ts-expect-error -- as from JavaScript
    await expect(exportAudit({}, 'a')).rejects.toMatchObject({ code: 'BAD_OPTION', field: 'archive' })
    await expect(exportAudit(memoryAudit(), '')).rejects.toMatchObject({ code: 'BAD_OPTION', field: 'path' })
  })
})

describe('chained().prune()', { timeout: 120_000 }, () => {
  it('removes whole files of old records, and leaves a trail that verifies', async () => {
    const { path, archive } = await old()
    const before = await ids(archive)
    const chain = chained(archive, { sign: { privateKey } })
    const removed = await chain.prune({ before: '2026-11-20T08:00:12Z' })
    expect(removed).toBeGreaterThan(5)
    await chain.close()
    const after = (await ids(jsonlAudit({ path }))).slice(0, before.length - removed)
    expect(after).toEqual(before.slice(removed))
    expect(after).toContain('router-12')
    const verified = await verifyAudit(path, { publicKeys })
    expect(verified.faults).toEqual([])
    expect(verified.notes).toMatchObject([{ kind: 'pruned', n: 1, to: removed }])
    // And once more, by another process, of everything.
    const again = chained(jsonlAudit({ path }), { sign: { privateKey } })
    expect(await again.prune({ before: '2026-11-20T08:00:12Z' })).toBe(0)
    await again.close()
    expect(await verifyAudit(path, { publicKeys })).toMatchObject({ ok: true })
  })

  it('is no way to remove records without the key', async () => {
    const { path, archive } = await old()
    const forger = chained(archive, { sign: { privateKey: generateKeyPairSync('ed25519').privateKey } })
    await forger.prune({ before: '2026-11-20T08:00:12Z' })
    await forger.close()
    const found = await verifyAudit(path, { publicKeys })
    expect(found.faults.map(({ kind }) => kind)).toContain('removed')
    const unsigned = await old()
    const nobody = chained(unsigned.archive)
    await nobody.prune({ before: '2026-11-20T08:00:12Z' })
    await nobody.close()
    expect((await verifyAudit(unsigned.path, { publicKeys })).faults.map(({ kind }) => kind)).toEqual(['removed', 'unsigned'])
  })

  it('does not stand for more than what it says', async () => {
    const { path, archive } = await old()
    const chain = chained(archive, { sign: { privateKey } })
    await chain.prune({ before: '2026-11-20T08:00:12Z' })
    await chain.close()
    const [oldest = ''] = await filesOf(path)
    const lines = (await readFile(oldest, 'utf8')).split('\n')
    await writeFile(oldest, lines.slice(1).join('\n'))
    expect((await verifyAudit(path, { publicKeys })).faults).toMatchObject([{ kind: 'removed', where: `${oldest}:1` }])
  })

  it('removes nothing where it cannot be written down, and nothing that nobody writes down', async () => {
    const { path, archive } = await old()
    const files = await filesOf(path)
    await expect(archive.prune({ before: '2030-01-01' })).rejects.toMatchObject({ code: 'BAD_OPTION', field: 'declare' })
    const full = chained({ ...archiveOf(archive), write: () => Promise.reject(new Error('full')) })
    await expect(full.prune({ before: '2030-01-01' })).rejects.toThrow('full')
    expect(await filesOf(path)).toEqual(files)
    await expect(chained({ write: () => undefined }).prune({ before: '2030-01-01' })).rejects.toMatchObject({ code: 'BAD_OPTION' })
  })

  it('leaves files in which a record is young, those after them, and those that were just put aside', async () => {
    const path = await freshPath()
    const archive = jsonlAudit({ path, rotate: { maxBytes: 400 } })
    for (const seq of [1, 2, 3, 4, 5, 6, 7, 8]) await archive.write(record(seq === 5 ? 5_000 : seq))
    expect(await archive.prune({ before: '2026-11-20T09:00:00Z' })).toBe(0)
    await age(path, '20261120')
    const removed = await archive.prune({ before: '2026-11-20T09:00:00Z' })
    expect(removed).toBe(4)
    expect(await ids(archive)).toEqual([5_000, 6, 7, 8].map((seq) => `router-${seq}`))
  })

  it('removes from a memory what comes before the first record that stays', async () => {
    const memory = memoryAudit()
    const chain = chained(memory, { sign: { privateKey } })
    for (const seq of [1, 2, 3, 4]) await chain.write(record(seq))
    // The chain's own beginning has the machine's time.
    await chain.close()
    const started = memory.records[0]?.at ?? ''
    expect(started > record(4).at).toBe(true)
    expect(await chained(memory, { sign: { privateKey } }).prune({ before: record(3).at })).toBe(0)
    const next = memoryAudit()
    for (const each of memory.records.slice(1)) await next.write(each)
    const pruning = chained(next, { sign: { privateKey } })
    expect(await pruning.prune({ before: record(3).at })).toBe(2)
    await pruning.close()
    expect(await verifyAudit(next, { publicKeys })).toMatchObject({ ok: true })
    expect(await ids(next, { types: ['request.accepted'] })).toEqual(['router-3', 'router-4'])
  })
})

/** An archive's methods, without its sink. */
function archiveOf(archive: Required<AuditArchive>): AuditArchive {
  return {
    read: (query) => archive.read(query),
    prune: (options) => archive.prune(options),
    deleteSubject: (subject) => archive.deleteSubject(subject),
    lastLink: () => archive.lastLink(),
  }
}

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { AuditRecord } from '../src/index.ts'
import { createRouter, jsonlAudit } from '../src/index.ts'
import { answer, fakeProvider } from '../src/testing/index.ts'

/** A disk of its own, of 256 kB, which can be filled, emptied and locked. */
class Disk implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'modelyard-disk-'))

  constructor() {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', this.folder], { stdio: 'pipe' })
  }

  /** Leaves so many pages of room. */
  fill(pages: number): void {
    const { bfree, bsize } = statfsSync(this.folder)
    writeFileSync(join(this.folder, 'filler'), Buffer.alloc((bfree - pages) * bsize))
  }

  empty(): void {
    rmSync(join(this.folder, 'filler'))
  }

  lock(how: 'ro' | 'rw'): void {
    execFileSync('mount', ['-o', `remount,${how}`, this.folder])
  }

  /** The lines of the files that were written, the older files first. */
  lines(): readonly string[] {
    const names = readdirSync(this.folder).filter((name) => name.startsWith('audit'))
    return names.flatMap((name) => readFileSync(join(this.folder, name), 'utf8').split('\n')).filter((line) => line !== '')
  }

  [Symbol.dispose](): void {
    execFileSync('umount', ['-l', this.folder])
    rmSync(this.folder, { recursive: true })
  }
}

/** Only where somebody may mount; in containers and on most machines nobody else than root. */
const mayMount = ((): boolean => {
  try {
    new Disk()[Symbol.dispose]()
    return true
  } catch {
    return false
  }
})()

const text = 'x'.repeat(700)

const record = (seq: number): AuditRecord => ({
  v: 1,
  id: `test-${seq}`,
  at: '2026-11-22T08:00:00.000Z',
  seq,
  event: { type: 'request.accepted', model: `m/${text}`, stream: false, operation: 'chat' },
})

function parsed(line: string): { readonly seq?: number } | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

const seqsOf = (disk: Disk): readonly number[] => disk.lines().flatMap((line) => parsed(line)?.seq ?? [])

describe.skipIf(!mayMount)('SI-05 with a disk of its own (where mounting is allowed)', () => {
  it.each([
    ['one file', {}],
    ['files of 20 kB', { rotate: { maxBytes: 20_000 } }],
  ])('what was acknowledged is there, once, however often the disk fills up: %s', async (_name, options) => {
    using disk = new Disk()
    const sink = jsonlAudit({ path: join(disk.folder, 'audit.jsonl'), ...options })
    const acknowledged: number[] = []
    const reasons = new Set<unknown>()
    let seq = 0
    const write = (count: number) =>
      Promise.all(
        Array.from({ length: count }, async () => {
          const mine = (seq += 1)
          try {
            await sink.write(record(mine))
            acknowledged.push(mine)
          } catch (error) {
            reasons.add(error instanceof Error && 'code' in error ? error.code : error)
          }
        }),
      )
    for (const pages of [3, 2, 1, 0]) {
      await write(5)
      disk.fill(pages)
      for (let turn = 0; turn < 12; turn++) await write(1 + (turn % 4))
      disk.empty()
    }
    await write(5)
    await sink.close()
    const found = seqsOf(disk)
    expect([...reasons]).toEqual(['ENOSPC'])
    expect(acknowledged.length).toBeLessThan(seq)
    expect(new Set(found).size).toBe(found.length)
    expect(acknowledged.filter((each) => !found.includes(each))).toEqual([])
    // A line that broke off has an end, so that it swallows nobody else's.
    expect(disk.lines().at(-1)).toSatisfy((line: string) => parsed(line)?.seq === seq)
  })

  it('a disk that may only be read is an error of the write, and none of a call, until it may be written', async () => {
    using disk = new Disk()
    disk.lock('ro')
    const path = join(disk.folder, 'audit.jsonl')
    await expect(jsonlAudit({ path }).write(record(1))).rejects.toMatchObject({ code: 'EROFS' })
    const client = createRouter({
      providers: [fakeProvider({ models: ['m'], script: answer('Hello') })],
      audit: jsonlAudit({ path }),
    })
    const call = async () => {
      const { choices } = await client.chat.completions.create({ model: 'fake/m', messages: [{ role: 'user', content: 'Hi' }] })
      return choices[0]?.message.content
    }
    expect(await call()).toBe('Hello')
    const lost = await client.flush()
    expect([lost > 0, client.health().auditDropped]).toEqual([true, lost])
    disk.lock('rw')
    expect(await call()).toBe('Hello')
    expect(await client.close()).toBe(lost)
    const kept = disk.lines().map(parsed)
    expect(kept).toContainEqual(expect.objectContaining({ event: { type: 'sink.dropped', count: lost } }))
    expect(kept).toContainEqual(expect.objectContaining({ event: expect.objectContaining({ type: 'request.completed' }) }))
    // Lost and counted, or there.
    expect(kept.at(-1)?.seq).toBe(lost + kept.length)
  })
})

import { generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { chained, verifyAudit } from '../src/audit/chain/index.ts'
import type { AuditEvent, AuditRecord, AuditSink, MemoryAudit, PruneOptions } from '../src/index.ts'
import { createRouter, memoryAudit, tee } from '../src/index.ts'
import { answer, fakeClock, fakeProvider } from '../src/testing/index.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const other = generateKeyPairSync('ed25519')

function record(seq: number, fields: Partial<AuditRecord> = {}): AuditRecord {
  const event: AuditEvent = { type: 'request.accepted', model: 'acme/large', stream: false, operation: 'chat' }
  return { v: 1, id: `router-${seq}`, at: `2026-11-23T08:00:0${seq % 10}.000Z`, seq, requestId: `req_${seq}`, event, ...fields }
}

const personal = (seq: number) => ({ subject: `user-${seq % 2}`, content: `What is ${seq} and ${seq}?` })

/** A memory and a chain into it. */
function trail(options: Parameters<typeof chained>[1] = {}) {
  const clock = fakeClock()
  const memory = memoryAudit()
  const chain = chained(memory, { clock, ...options })
  return { clock, memory, chain, types: () => memory.records.map(({ event }) => event.type) }
}

/** Three records in a signed chain. */
async function signed() {
  const { chain, memory } = trail({ sign: { privateKey } })
  for (const seq of [1, 2, 3]) await chain.write(record(seq, { personal: personal(seq) }))
  await chain.close()
  return { chain, records: [...memory.records] }
}

/** A sink that rejects what it is told to. */
function rejecting(rejects: (record: AuditRecord) => boolean) {
  const memory = memoryAudit()
  const sink: AuditSink = {
    async write(each) {
      await Promise.resolve()
      if (rejects(each)) throw new Error('full')
      await memory.write(each)
    },
  }
  return { memory, sink }
}

/** What is wrong with some records and with what was put behind them. */
async function faultsOf(kept: readonly AuditRecord[], forged: MemoryAudit) {
  const { faults } = await verifyAudit([...kept, ...forged.records], { publicKeys: [publicKey] })
  return faults.map(({ kind, n }) => ({ kind, n }))
}

describe('chained()', () => {
  it('links each record to the one before it, in the order of writing, and ends with a signed head', async () => {
    const { chain, memory, types } = trail({ sign: { privateKey } })
    await Promise.all([1, 2, 3].map((seq) => chain.write(record(seq))))
    await chain.close()
    expect(types()).toEqual(['chain.started', 'request.accepted', 'request.accepted', 'request.accepted', 'chain.head'])
    const links = memory.records.map((each) => each.chain)
    expect(links.map((link) => link?.n)).toEqual([1, 2, 3, 4, 5])
    expect(links.map((link) => link?.prev)).toEqual([null, ...links.slice(0, -1).map((link) => link?.hash)])
    expect(new Set(links.map((link) => link?.id)).size).toBe(1)
    expect(links.map((link) => link?.signature !== undefined)).toEqual([true, false, false, false, true])
    expect(memory.records.map(({ id, event, at }) => ({ id, event, at })).slice(1, -1)).toEqual(
      [1, 2, 3].map((seq) => record(seq)).map(({ id, event, at }) => ({ id, event, at })),
    )
    const verified = await verifyAudit(memory, { publicKeys: [publicKey] })
    expect(verified).toMatchObject({ ok: true, records: 5, faults: [], notes: [] })
    expect(verified.chains).toMatchObject([{ id: links[0]?.id, from: 1, to: 5, records: 5, erased: 0, signedTo: 5 }])
  })

  it('writes the records of a router as they are, but for their links', async () => {
    const plain = memoryAudit()
    const { chain, memory } = trail()
    const client = createRouter({
      providers: [fakeProvider({ models: ['m'], script: answer('Hello') })],
      audit: tee(plain, chain),
    })
    await client.chat.completions.create({ model: 'fake/m', messages: [{ role: 'user', content: 'Hi' }] })
    await client.close()
    const unlinked = memory.records
      .filter(({ event }) => !event.type.startsWith('chain.'))
      .map((each) => ({ ...each, chain: undefined }))
    expect(unlinked).toEqual(plain.records.map((each) => ({ ...each, chain: undefined })))
    expect(plain.records.length).toBeGreaterThan(4)
    expect(await verifyAudit(memory)).toMatchObject({ ok: true, notes: [] })
  })

  it('commits to what may be erased by a hash that nobody can guess it from', async () => {
    const { chain, memory } = trail()
    await chain.write(record(1, { personal: personal(1) }))
    await chain.write(record(1, { personal: personal(1) }))
    const [, one, two] = memory.records
    expect(one?.personal).toMatchObject(personal(1))
    expect(one?.personal?.salt).toMatch(/^[\w-]{22,}$/)
    expect(one?.chain?.personal).toMatch(/^[0-9a-f]{64}$/)
    expect(one?.chain?.personal).not.toBe(two?.chain?.personal)
  })

  it('brings a head after so many records, after so much time, at a flush, and none when nothing is new', async () => {
    const { chain, clock, types } = trail({ headEvery: { records: 2, ms: 1_000 } })
    const heads = () => types().filter((type) => type === 'chain.head').length
    await chain.write(record(1))
    expect(heads()).toBe(0)
    await chain.write(record(2))
    expect(heads()).toBe(1)
    clock.advance(5_000)
    await chain.flush()
    expect(heads()).toBe(1)
    await chain.write(record(3))
    clock.advance(999)
    expect(heads()).toBe(1)
    clock.advance(1)
    expect(heads()).toBe(2)
    await chain.write(record(4))
    await chain.flush()
    await chain.flush()
    await chain.close()
    expect(heads()).toBe(3)
    expect(chain.head).toMatchObject({ n: types().length })
  })

  it('begins nothing before the first record', async () => {
    const { chain, memory } = trail()
    await chain.flush()
    await chain.close()
    expect(memory.records).toEqual([])
    expect(chain.head).toBeUndefined()
  })

  it('takes what is no proper text, and says what is no JSON', async () => {
    const { chain, memory } = trail()
    await chain.write(record(1, { agent: 'a\ud800b' }))
    const circular = record(2)
    Object.assign(circular, { self: circular })
    await expect(chain.write(circular)).rejects.toThrow()
    await chain.write(record(3))
    await chain.close()
    expect(memory.records[1]?.agent).toBe('a\uFFFDb')
    expect(await verifyAudit(JSON.parse(JSON.stringify(memory.records)))).toMatchObject({ ok: true, notes: [] })
  })

  it('declares what the sink did not take, so that it is no tampering', async () => {
    const { memory, sink } = rejecting(({ seq, event }) => event.type === 'request.accepted' && seq >= 3 && seq <= 5)
    const chain = chained(sink, { sign: { privateKey } })
    const written = await Promise.allSettled([1, 2, 3, 4, 5, 6].map((seq) => chain.write(record(seq))))
    expect(written.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected', 'rejected', 'fulfilled'])
    await chain.close()
    expect(memory.records.map(({ event }) => event).filter(({ type }) => type === 'chain.gap')).toEqual([
      { type: 'chain.gap', from: 4, to: 6 },
    ])
    const verified = await verifyAudit(memory, { publicKeys: [publicKey] })
    expect(verified.faults).toEqual([])
    expect(verified.notes).toMatchObject([{ kind: 'lost', n: 4, to: 6 }])
  })

  it('declares a gap again when its own record is lost, and brings a head again', async () => {
    const lost = ['chain.gap', 'chain.head']
    const { memory, sink } = rejecting(({ event, seq }) => {
      const index = lost.indexOf(event.type)
      if (index >= 0) lost.splice(index, 1)
      return index >= 0 || (event.type === 'request.accepted' && seq === 1)
    })
    const chain = chained(sink, { sign: { privateKey }, headEvery: { records: 3 } })
    for (const seq of [1, 2, 3, 4, 5, 6]) await chain.write(record(seq)).catch(() => undefined)
    await chain.close()
    const verified = await verifyAudit(memory, { publicKeys: [publicKey] })
    expect(verified.faults).toEqual([])
    expect(verified.notes.map(({ kind }) => kind)).toContain('lost')
    expect(memory.records.at(-1)?.event.type).toBe('chain.head')
    expect(lost).toEqual([])
  })

  it('says of a record that is there although it is said to be lost that nothing vouches for it', async () => {
    const memory = memoryAudit()
    const chain = chained({
      async write(each) {
        await Promise.resolve()
        // Kept, and yet rejected, as when a disk is full in the midst of a batch.
        if (each.seq !== 3) await memory.write(each)
        if (each.seq === 2 || each.seq === 3) throw new Error('full')
      },
    })
    await Promise.allSettled([1, 2, 3, 4].map((seq) => chain.write(record(seq + 100, { seq }))))
    await chain.close()
    const verified = await verifyAudit(memory)
    expect(verified.faults).toEqual([])
    expect(verified.notes.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['lost', 'unconfirmed']))
  })

  it('goes on from where the chain before it in the archive had got to, and without that from nowhere', async () => {
    const { memory, chain } = trail()
    await chain.write(record(1))
    await chain.close()
    const link = memory.records.at(-1)?.chain
    const archive = { ...memory, lastLink: () => Promise.resolve(link) }
    const next = chained(archive)
    await Promise.all([2, 3, 4].map((seq) => next.write(record(seq))))
    await next.close()
    const started = memory.records.filter(({ event }) => event.type === 'chain.started').at(-1)
    expect(started?.event).toMatchObject({ after: { chain: link?.id, n: link?.n, hash: link?.hash } })
    expect(memory.records.slice(4, 7).map(({ seq }) => seq)).toEqual([2, 3, 4])
    expect(await verifyAudit(memory)).toMatchObject({ ok: true, notes: [] })

    const clock = fakeClock()
    const silent = { ...memoryAudit(), lastLink: () => new Promise<undefined>(() => {}) }
    const alone = chained(silent, { clock })
    const written = alone.write(record(1))
    clock.advance(5_000)
    await written
    expect(silent.records[0]?.event).toEqual({ type: 'chain.started', headEvery: 1_000 })
    const broken = { ...memoryAudit(), lastLink: () => Promise.reject(new Error('away')) }
    await chained(broken).write(record(1))
    expect(broken.records).toHaveLength(2)
  })

  it('takes nothing after its end', async () => {
    const { chain, memory } = trail()
    const early = chain.write(record(1))
    await Promise.all([chain.close(), chain.close()])
    await early
    await expect(chain.write(record(2))).rejects.toThrow('closed')
    expect(memory.records).toHaveLength(3)
  })

  it('shows its key to nobody', () => {
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const chain = chained(memoryAudit(), { sign: { privateKey: pem } })
    const secret = pem.split('\n')[1] ?? ''
    expect(secret.length).toBeGreaterThan(40)
    expect(inspect(chain, { showHidden: true, depth: 9 })).not.toContain(secret)
    expect(() => chained(memoryAudit(), { sign: { privateKey: `x${pem}` } })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining(secret) }),
    )
  })

  it.each([
    [{ sign: { privateKey: 'no key' } }, 'audit chain: sign.privateKey must be a private Ed25519 key, a KeyObject or PEM'],
    [{ sign: { privateKey: publicKey } }, 'audit chain: sign.privateKey must be a private Ed25519 key, a KeyObject or PEM'],
    [{ headEvery: { records: 0 } }, 'chained: headEvery.records must be a number of records from 1'],
    [{ headEvery: { ms: 0 } }, 'chained: headEvery.ms must be a number of milliseconds from 1 to 2147483647'],
    [{ after: { chain: 'a', n: 0, hash: 'b' } }, 'chained: after must be a head: { chain, n, hash }'],
  ])('refuses %j', (options, message) => {
    expect(() => chained(memoryAudit(), options)).toThrow(expect.objectContaining({ code: 'BAD_OPTION', message }))
  })

  it('refuses what is no sink', () => {
    // @ts-expect-error -- as from JavaScript
    expect(() => chained({})).toThrow('chained: sink must be an audit sink')
  })

  it.each([
    [{ privateKey }, /has no option 'privateKey'. It takes sign/],
    [{ sign: null }, /sign must be an object of privateKey/],
    [{ sign: { key: privateKey } }, /sign has no option 'key'/],
    [{ headEvery: { record: 5 } }, /headEvery has no option 'record'. It takes records, ms/],
    [{ headEvery: 5 }, /headEvery must be an object/],
    [null, /options must be an object/],
  ])('refuses options that would go unnoticed: %j', (options, message) => {
    // @ts-expect-error -- as from JavaScript
    expect(() => chained(memoryAudit(), options)).toThrow(message)
    // @ts-expect-error -- as from JavaScript
    expect(() => chained(memoryAudit(), options)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }))
  })
})

const verify = (records: readonly AuditRecord[]) => verifyAudit(records, { publicKeys: [publicKey] })

describe('verifyAudit()', () => {
  it('checks signatures with the keys that it is given, old and new', async () => {
    const { records } = await signed()
    expect(
      await verifyAudit(records, { publicKeys: [other.publicKey, publicKey.export({ type: 'spki', format: 'pem' }).toString()] }),
    ).toMatchObject({ ok: true })
    const stranger = await verifyAudit(records, { publicKeys: [other.publicKey] })
    expect(stranger.faults.map(({ kind, n }) => ({ kind, n }))).toEqual([
      { kind: 'bad_signature', n: 1 },
      { kind: 'bad_signature', n: 5 },
      { kind: 'unsigned', n: 1 },
    ])
    const unsigned = trail()
    await unsigned.chain.write(record(1))
    await unsigned.chain.close()
    expect((await verifyAudit(unsigned.memory, { publicKeys: [publicKey] })).faults).toMatchObject([
      { kind: 'unsigned', n: 1, to: 3 },
    ])
    expect((await verifyAudit(unsigned.memory)).ok).toBe(true)
  })

  it('does not take a chain of a forger for the rest of a signed one', async () => {
    const { chain, memory } = trail({ sign: { privateKey }, headEvery: { records: 2 } })
    for (const seq of [1, 2]) await chain.write(record(seq))
    // What a process that dies here leaves; a head is due with every second record.
    const left = [...memory.records]
    const tail = memoryAudit()
    const link = left.at(-1)?.chain
    if (link === undefined) throw new Error('no link')
    await forge(tail, { ...link }, 10)
    const verified = await verifyAudit([...left, ...tail.records], { publicKeys: [publicKey] })
    expect(verified.faults).toMatchObject([{ kind: 'unsigned', n: 5, to: 14 }])
  })

  it('believes of a signed chain nothing that an unsigned record says', async () => {
    const { chain, memory } = trail({ sign: { privateKey }, headEvery: { records: 2 } })
    for (const seq of [1, 2, 3]) await chain.write(record(seq))
    await chain.close()
    const records = [...memory.records]
    const [first, last] = [records[0]?.chain, records.at(-1)?.chain]
    if (first === undefined || last === undefined) throw new Error('no link')
    // Records are taken out, and a lost write is put up as the reason.
    const excuse = memoryAudit()
    await forge(excuse, last, 1, { event: { type: 'chain.gap', from: 3, to: 3 } })
    expect(await faultsOf(records.toSpliced(2, 1), excuse)).toEqual([{ kind: 'removed', n: 3 }])
    // Everything but the signed beginning is made anew, and heads are said to come late, or the rest to be lost.
    const late = { headEvery: 1e9 }
    for (const event of [
      { type: 'chain.started', ...late },
      { type: 'chain.head', ...late },
      { type: 'chain.gap', from: 2, to: 8 },
    ] as const) {
      const forged = memoryAudit()
      await forge(forged, first, 8, { event })
      expect(await faultsOf(records.slice(0, 1), forged)).toEqual([{ kind: 'unsigned', n: 2 }])
    }
  })

  it('knows when heads are due from any head, where the beginning of the chain is gone', async () => {
    const { chain, memory } = trail({ sign: { privateKey }, headEvery: { records: 2 } })
    for (const seq of [1, 2, 3, 4]) await chain.write(record(seq))
    const left = memory.records.slice(3)
    const link = left[0]?.chain
    if (link === undefined) throw new Error('no link')
    const tail = memoryAudit()
    await forge(tail, link, 8)
    const options = { publicKeys: [publicKey], from: '2026-11-23T09:00:00Z' }
    expect((await verifyAudit(left, options)).ok).toBe(true)
    expect((await verifyAudit([...left.slice(0, 1), ...tail.records], options)).faults).toMatchObject([
      { kind: 'unsigned', n: 5, to: 12 },
    ])
  })

  it('takes what retention has left of a chain that was killed before its next head, if it is no longer than two heads allow', async () => {
    const clock = fakeClock({ wallMs: Date.UTC(2026, 10, 23, 7) })
    const { chain, memory } = trail({ sign: { privateKey }, clock })
    for (const seq of [1, 2, 3, 4]) await chain.write(record(seq))
    // Nobody closes it.
    const next = chained(memory, { sign: { privateKey }, clock: fakeClock({ wallMs: Date.UTC(2026, 10, 23, 9) }) })
    expect(await next.prune({ before: '2026-11-23T08:00:03Z' })).toBe(3)
    await next.close()
    expect((await verify(memory.records)).faults).toEqual([])
    const tail = memoryAudit()
    const link = memory.records[0]?.chain
    if (link === undefined) throw new Error('no link')
    await forge(tail, link, 2_000)
    const forged = [...memory.records.slice(0, 1), ...tail.records, ...memory.records.slice(2)]
    expect((await verify(forged)).faults).toMatchObject([{ kind: 'unsigned', chain: link.id, n: 4, to: 2_004 }])
  })

  it('says that a chain ends without a head, which is no fault, and misses what was expected', async () => {
    const { records, chain } = await signed()
    const head = chain.head
    if (head === undefined) throw new Error('no head')
    const cut = records.slice(0, 3)
    const verified = await verifyAudit(cut, { publicKeys: [publicKey] })
    expect(verified.faults).toEqual([])
    expect(verified.notes).toMatchObject([{ kind: 'open_end', n: 3, id: 'router-2', where: 'record 3' }])
    expect((await verifyAudit(records, { expect: [head] })).ok).toBe(true)
    expect((await verifyAudit(cut, { expect: [head] })).faults).toMatchObject([{ kind: 'removed', chain: head.chain, n: 5 }])
    expect((await verifyAudit([], { expect: [head] })).faults).toMatchObject([{ kind: 'removed', chain: head.chain }])
  })

  it('misses a whole chain, and the end of one, by what the next one says', async () => {
    const { memory, chain } = trail()
    await chain.write(record(1))
    await chain.close()
    const { id = '', n = 0, hash = '' } = memory.records.at(-1)?.chain ?? {}
    const next = chained(memory, { after: { chain: id, n, hash } })
    await next.write(record(2))
    await next.close()
    const records = [...memory.records]
    expect((await verifyAudit(records)).ok).toBe(true)
    expect((await verifyAudit(records.slice(3))).faults).toMatchObject([{ kind: 'removed', chain: id, n: 1, to: 3 }])
    expect((await verifyAudit(records.toSpliced(2, 1))).faults).toMatchObject([{ kind: 'removed', chain: id, n: 3 }])
    // Of a time that is not asked for.
    expect((await verifyAudit(records.slice(3), { from: '2026-11-23T08:00:00Z' })).ok).toBe(true)
  })

  it('takes it that a chain begins later, if it is whole from the time on that is asked for', async () => {
    const { records } = await signed()
    const rest = records.slice(2)
    expect((await verifyAudit(rest)).faults).toMatchObject([{ kind: 'removed', n: 1, to: 2, where: 'record 1' }])
    expect((await verifyAudit(rest, { from: '2026-11-23T08:00:02Z' })).ok).toBe(true)
    expect((await verifyAudit(rest, { from: new Date('2026-11-23T08:00:01Z') })).ok).toBe(false)
  })

  it('takes it that what was declared to go is still there, in part or as a whole: somebody has died in between', async () => {
    const { memory, chain } = trail({ sign: { privateKey } })
    for (const seq of [1, 2, 3, 4, 5]) await chain.write(record(seq))
    const at = memory.records[3]?.chain
    const dying = {
      ...memory,
      async prune({ declare }: PruneOptions): Promise<number> {
        await declare?.([{ chain: at?.id ?? '', n: at?.n ?? 0, hash: at?.hash ?? '' }])
        throw new Error('killed')
      },
    }
    const pruning = chained(dying, { sign: { privateKey } })
    await expect(pruning.prune({ before: record(9).at })).rejects.toThrow('killed')
    await Promise.all([pruning.close(), chain.close()])
    expect(await verify(memory.records)).toMatchObject({ ok: true, notes: [] })
    for (const gone of [[0], [1, 2], [0, 1, 2, 3]]) {
      const verified = await verify(memory.records.filter((_, index) => !gone.includes(index)))
      expect(verified).toMatchObject({ ok: true, notes: [{ kind: 'pruned' }] })
    }
    // Not what comes after it, and not in another chain of the same length.
    expect(await verify(memory.records.filter((_, index) => index !== 4))).toMatchObject({ faults: [{ kind: 'removed', n: 5 }] })
  })

  it('does not let another record follow what is gone', async () => {
    const { memory, chain } = trail()
    for (const seq of [1, 2, 3]) await chain.write(record(seq))
    const pruning = chained(memory)
    await pruning.prune({ before: '2026-11-23T08:00:02Z' })
    await Promise.all([pruning.close(), chain.close()])
    const [first] = memory.records
    expect(first?.id).toBe('router-2')
    expect((await verifyAudit(memory)).ok).toBe(true)
    const { hashOf } = await import('../src/audit/chain/hashes.ts')
    const forged = memory.records.map((each) => {
      if (each !== first || each.chain === undefined) return each
      const unhashed = { ...each, chain: { ...each.chain, prev: '0'.repeat(64) } }
      return { ...unhashed, chain: { ...unhashed.chain, hash: hashOf(unhashed) } }
    })
    expect((await verifyAudit(forged)).faults.map(({ kind }) => kind)).toContain('altered')
  })

  it('says where records without a link are', async () => {
    const { records } = await signed()
    const mixed = [record(8), record(9), ...records.slice(0, 2), record(10), ...records.slice(2)]
    const verified = await verifyAudit(mixed)
    expect(verified.records).toBe(8)
    expect(verified.faults).toMatchObject([
      { kind: 'unchained', where: 'record 1', id: 'router-8' },
      { kind: 'unchained', where: 'record 5', id: 'router-10' },
    ])
    expect(verified.faults[0]?.message).toBe('2 records without a link, from here on')
    expect(await verifyAudit(mixed, { unchained: 'note' })).toMatchObject({ ok: true, notes: [{}, {}] })
  })

  it('finds what readers of JSON understand in different ways', async () => {
    const { records } = await signed()
    const lines = async function* (change: (line: string, index: number) => string) {
      yield* records.map((each) => JSON.stringify(each)).map(change)
    }
    expect(await verifyAudit(lines((line) => line))).toMatchObject({ ok: true, records: 5 })
    const doubled = await verifyAudit(lines((line, index) => (index === 2 ? line.replace('"v":1', '"v":9,"v":1') : line)))
    expect(doubled.faults).toMatchObject([{ kind: 'altered', n: 3, message: 'its text is not as it was written' }])
    const cut = await verifyAudit(lines((line, index) => (index === 2 ? line.slice(0, 50) : line)))
    expect(cut.faults).toMatchObject([{ kind: 'removed', n: 3, where: 'record 4' }])
    expect(cut.notes).toMatchObject([{ kind: 'unreadable', where: 'record 3' }])
  })

  it('reads like a sentence', async () => {
    const { records } = await signed()
    const [id] = records.map((each) => each.chain?.id)
    expect(String(await verifyAudit(records))).toBe('5 records in 1 chain: nothing wrong')
    const text = String(await verifyAudit(records.toSpliced(1, 1)))
    expect(text).toBe(`4 records in 1 chain: 1 fault\nfault  removed 2 of chain ${id}: missing before this place (record 2)`)
    expect(JSON.parse(JSON.stringify(await verifyAudit(records)))).toMatchObject({ ok: true, records: 5, faults: [] })
  })

  it.each([
    [{ publicKeys: ['no key'] }, 'audit chain: publicKeys[0] must be a public Ed25519 key, a KeyObject or PEM'],
    [{ expect: [{ chain: 'a', n: 1.5, hash: 'b' }] }, 'verifyAudit: expect[0] must be a head: { chain, n, hash }'],
    [{ from: 'yesterday' }, 'audit archive: from must be a date, or a text such as 2026-11-23T08:00:00Z'],
    [{ unchained: 'maybe' }, "verifyAudit: unchained must be 'fault' or 'note'"],
  ])('refuses %j', async (options, message) => {
    // @ts-expect-error -- as from JavaScript
    await expect(verifyAudit([], options)).rejects.toMatchObject({ code: 'BAD_OPTION', message })
  })

  it('refuses what it cannot read', async () => {
    await expect(verifyAudit('nowhere/audit.jsonl')).rejects.toMatchObject({ code: 'BAD_OPTION' })
    // @ts-expect-error -- as from JavaScript
    await expect(verifyAudit(7)).rejects.toMatchObject({ code: 'BAD_OPTION' })
    // @ts-expect-error -- as from JavaScript: no signature would be looked at
    await expect(verifyAudit([], { publicKey })).rejects.toMatchObject({ code: 'BAD_OPTION', field: 'publicKey' })
  })
})

/** Records that go on from a link as a chain would, without its key. */
async function forge(
  sink: AuditSink,
  { id, n, hash }: NonNullable<AuditRecord['chain']>,
  count: number,
  { event }: Partial<Pick<AuditRecord, 'event'>> = {},
): Promise<void> {
  const { hashOf } = await import('../src/audit/chain/hashes.ts')
  let prev = hash
  for (let index = 1; index <= count; index++) {
    const forged = record(index, { chain: { id, n: n + index, prev, hash: '' }, ...(event !== undefined && { event }) })
    prev = hashOf(forged)
    await sink.write({ ...forged, chain: { id, n: n + index, prev: forged.chain?.prev ?? null, hash: prev } })
  }
}

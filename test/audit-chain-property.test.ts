import { generateKeyPairSync } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chained, verifyAudit } from '../src/audit/chain/index.ts'
import type { AuditRecord } from '../src/index.ts'
import { memoryAudit } from '../src/index.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')

const seed = 20_261_123

/** What a record may hold; nothing of it means anything to the chain. */
const contents = fc.record({
  agent: fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
  requestId: fc.option(fc.string(), { nil: undefined }),
  event: fc.record({
    type: fc.constant('request.accepted' as const),
    model: fc.string({ unit: 'binary' }),
    stream: fc.boolean(),
    operation: fc.constant('chat' as const),
    numbers: fc.array(fc.double()),
    deep: fc.dictionary(fc.string(), fc.array(fc.record({ a: fc.integer(), b: fc.string() }), { maxLength: 3 }), { maxKeys: 3 }),
  }),
  personal: fc.option(fc.record({ subject: fc.string(), content: fc.string() }), { nil: undefined }),
})

/** Two or three processes, that write in turns; any of their writes may be rejected, and heads come often. */
const trails = fc.record({
  writes: fc.array(fc.record({ process: fc.nat(2), contents, isLost: fc.boolean() }), {
    minLength: 1,
    maxLength: 25,
  }),
  loses: fc.boolean(),
  isClosed: fc.boolean(),
})

type Plan = typeof trails extends fc.Arbitrary<infer Value> ? Value : never

/** What an archive holds when these writes are done, as it is read from there. */
async function written({ writes, loses, isClosed }: Plan): Promise<AuditRecord[]> {
  const memory = memoryAudit()
  const lost = new Set<string>()
  const sink = {
    async write(record: AuditRecord) {
      await Promise.resolve()
      if (lost.has(record.id)) throw new Error('full')
      await memory.write(record)
    },
  }
  const chains = [0, 1, 2].map(() => chained(sink, { sign: { privateKey }, headEvery: { records: 3 } }))
  for (const [seq, { process, contents: fields, isLost }] of writes.entries()) {
    const id = `router-${seq}`
    if (loses && isLost) lost.add(id)
    const record: AuditRecord = { v: 1, id, at: '2026-11-23T08:00:00.000Z', seq, ...JSON.parse(JSON.stringify(fields)) }
    await chains[process]?.write(record).catch(() => undefined)
  }
  if (isClosed) await Promise.all(chains.map((chain) => chain.close()))
  const read: AuditRecord[] = JSON.parse(JSON.stringify(memory.records))
  return read
}

const verify = (records: readonly AuditRecord[]) => verifyAudit(records, { publicKeys: [publicKey] })

/** Every place in a record where something stands. */
function paths(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [...(path.length > 0 ? [path] : []), ...Object.entries(value).flatMap(([key, part]) => paths(part, [...path, key]))]
}

/** A record with something else in one place, or nothing. */
function changed(record: AuditRecord, path: readonly string[], how: 'other' | 'gone' | 'more'): AuditRecord {
  const copy: AuditRecord = structuredClone(record)
  let at: object = copy
  for (const key of path.slice(0, -1)) at = Reflect.get(at, key)
  const last = path.at(-1) ?? ''
  const was: unknown = Reflect.get(at, last)
  if (how === 'more' && Array.isArray(at)) at.push(was)
  else if (how === 'more') Object.assign(at, { [`${last}?`]: was })
  else if (how === 'gone' && Array.isArray(at)) at.splice(Number(last), 1)
  else if (how === 'gone') Reflect.deleteProperty(at, last)
  else Reflect.set(at, last, another(was))
  return copy
}

function another(value: unknown): unknown {
  if (typeof value === 'string') return value === '' ? 'x' : value.slice(0, -1) + (value.endsWith('0') ? '1' : '0')
  if (typeof value === 'number') return value + 1 === value ? -value : value + 1
  if (typeof value === 'boolean') return !value
  return value === null ? 0 : [value]
}

interface Indexed {
  readonly index: number
  readonly record: AuditRecord
}

/** Two records of a chain, the earlier one first. */
function twoOfOneChain(records: readonly AuditRecord[], one: number, two: number): readonly [Indexed, Indexed] | undefined {
  const indexed = records.map((record, index) => ({ index, record }))
  const chosen = indexed[one % indexed.length]
  const others = indexed.filter((each) => each !== chosen && each.record.chain?.id === chosen?.record.chain?.id)
  const other = others[two % others.length]
  if (chosen === undefined || other === undefined) return undefined
  return chosen.index < other.index ? [chosen, other] : [other, chosen]
}

/** What a change of a record is found to be. */
function faultOf({ chain }: AuditRecord, path: readonly string[], how: string): object {
  if (path[0] !== 'chain') return { kind: 'altered', chain: chain?.id, n: chain?.n }
  if (path.length === 1 && how === 'gone') return { kind: 'unchained' }
  if (path[1] === 'signature' && how === 'other') return { kind: 'bad_signature' }
  // Of a record that has lost its place, while those around it are lost too, nobody can tell what it was.
  return { kind: expect.stringMatching(/^(altered|inserted)$/) }
}

const isHeld = ({ event }: AuditRecord): boolean => event.type !== 'chain.gap'

describe('verifyAudit(), of any trail', { timeout: 240_000 }, () => {
  it('finds nothing wrong where nothing is, erased or not', async () => {
    await fc.assert(
      fc.asyncProperty(trails, fc.func(fc.boolean()), async (plan, isErased) => {
        const records = await written(plan)
        expect((await verify(records)).faults).toEqual([])
        const erased = records.map((record): AuditRecord => {
          const { personal, ...rest } = record
          return personal !== undefined && isErased(record.id) ? rest : record
        })
        const verified = await verify(erased)
        expect(verified.faults).toEqual([])
        expect(verified.erased).toBe(
          records.filter((record, index) => record.personal !== undefined && erased[index]?.personal === undefined).length,
        )
        expect(verified.records).toBe(records.length)
      }),
      { seed, numRuns: 200 },
    )
  })

  it('finds any change of any field at any depth, and says which record it is', async () => {
    await fc.assert(
      fc.asyncProperty(trails, fc.nat(), fc.nat(), fc.constantFrom('other', 'gone', 'more'), async (plan, which, where, how) => {
        const records = await written(plan)
        const index = which % records.length
        const record = records[index]
        if (record === undefined) throw new Error('no record')
        const places = paths(record)
        const path = places[where % places.length] ?? []
        // What erasing does is no fault, and is counted.
        fc.pre(!(path.length === 1 && path[0] === 'personal' && how === 'gone'))
        const { faults } = await verify(records.with(index, changed(record, path, how)))
        expect(faults, JSON.stringify({ path, how })).toEqual(
          expect.arrayContaining([expect.objectContaining({ ...faultOf(record, path, how), where: `record ${index + 1}` })]),
        )
      }),
      { seed, numRuns: 800 },
    )
  })

  it('finds any number of changed records, each', async () => {
    await fc.assert(
      fc.asyncProperty(trails, fc.func(fc.boolean()), async (plan, isChanged) => {
        const records = await written(plan)
        const chosen = records.map((record, index) => isChanged(index) && record.event.type === 'request.accepted')
        const verified = await verify(
          records.map((record, index) => (chosen[index] === true ? { ...record, seq: record.seq + 0.5 } : record)),
        )
        const altered = verified.faults.filter(({ kind }) => kind === 'altered').map(({ where }) => where)
        expect(new Set(altered)).toEqual(
          new Set(records.flatMap((_, index) => (chosen[index] === true ? [`record ${index + 1}`] : []))),
        )
        // Signatures may be missed where everything around them was changed, but nothing else is.
        for (const { kind } of verified.faults) expect(['altered', 'unsigned']).toContain(kind)
      }),
      { seed, numRuns: 200 },
    )
  })

  it('finds any record that is missing, but the last of its chain, and says which', async () => {
    await fc.assert(
      fc.asyncProperty(trails, fc.nat(), async (plan, which) => {
        const records = await written(plan)
        const index = which % records.length
        const record = records[index]
        // What only says that others are missing is found too, as these.
        fc.pre(record !== undefined && isHeld(record))
        const link = record.chain
        const isLast = !records.some(({ chain }) => chain?.id === link?.id && (chain?.n ?? 0) > (link?.n ?? 0))
        const { faults, notes } = await verify(records.toSpliced(index, 1))
        const missing = faults.filter(({ kind }) => kind === 'removed')
        if (!isLast) expect(missing).toMatchObject([{ chain: link?.id, n: link?.n }])
        else expect(records.length === 1 || missing.length === 0).toBe(true)
        if (isLast && link?.n !== 1)
          expect(notes.some(({ kind }) => kind === 'open_end') || record.event.type !== 'chain.head').toBe(true)
      }),
      { seed, numRuns: 250 },
    )
  })

  it('finds any number of records that are missing, exactly these', async () => {
    await fc.assert(
      fc.asyncProperty(trails, fc.func(fc.boolean()), async (plan, isGone) => {
        const records = await written(plan)
        const ends = new Map(records.map(({ chain }) => [chain?.id, chain?.n]))
        const gone = records.filter(
          (record, index) => isGone(index) && isHeld(record) && record.chain?.n !== ends.get(record.chain?.id),
        )
        const { faults } = await verify(records.filter((record) => !gone.includes(record)))
        const removed = faults
          .filter(({ kind }) => kind === 'removed')
          .flatMap(({ chain, n = 0, to = n }) => Array.from({ length: to - n + 1 }, (_, index) => `${chain} ${n + index}`))
        expect(new Set(removed)).toEqual(new Set(gone.map(({ chain }) => `${chain?.id} ${chain?.n}`)))
        expect(removed).toHaveLength(gone.length)
        for (const { kind } of faults) expect(['removed', 'unsigned']).toContain(kind)
      }),
      { seed, numRuns: 250 },
    )
  })

  it('finds any record that is there twice, wherever the copy is', async () => {
    await fc.assert(
      fc.asyncProperty(trails, fc.nat(), fc.nat(), async (plan, which, to) => {
        const records = await written(plan)
        const record = records[which % records.length]
        if (record === undefined) throw new Error('no record')
        const { faults } = await verify(records.toSpliced(to % (records.length + 1), 0, structuredClone(record)))
        expect(faults.filter(({ kind }) => kind !== 'reordered')).toMatchObject([
          { kind: 'inserted', chain: record.chain?.id, n: record.chain?.n, id: record.id },
        ])
      }),
      { seed, numRuns: 250 },
    )
  })

  it('finds any record that was put in, with a link or without', async () => {
    await fc.assert(
      fc.asyncProperty(trails, contents, fc.nat(), fc.nat(), fc.boolean(), async (plan, fields, which, to, isLinked) => {
        const records = await written(plan)
        const index = to % (records.length + 1)
        const chain = records[which % records.length]?.chain
        const plain: Pick<AuditRecord, 'event' | 'agent'> = JSON.parse(JSON.stringify({ event: fields.event, agent: fields.agent }))
        const forged: AuditRecord = {
          v: 1,
          id: 'forged',
          at: '2026-11-23T08:00:00.000Z',
          seq: 1,
          ...plain,
          ...(isLinked && chain !== undefined && { chain }),
        }
        const { faults } = await verify(records.toSpliced(index, 0, forged))
        expect(faults).toMatchObject([{ kind: isLinked ? 'inserted' : 'unchained', id: 'forged', where: `record ${index + 1}` }])
      }),
      { seed, numRuns: 250 },
    )
  })

  it('finds two records of a chain that have changed places', async () => {
    await fc.assert(
      fc.asyncProperty(trails, fc.nat(), fc.nat(), async (plan, one, two) => {
        const records = await written(plan)
        const pair = twoOfOneChain(records, one, two)
        fc.pre(pair !== undefined)
        const [first, second] = pair
        const { faults } = await verify(records.with(first.index, second.record).with(second.index, first.record))
        const chain = first.record.chain?.id
        expect(faults.length).toBeGreaterThan(0)
        for (const { kind, chain: of, n = 0, to = n } of faults) {
          expect({ kind, of }).toEqual({ kind: 'reordered', of: chain })
          expect(n).toBeGreaterThanOrEqual(first.record.chain?.n ?? 0)
          expect(to).toBeLessThanOrEqual(second.record.chain?.n ?? 0)
        }
      }),
      { seed, numRuns: 250 },
    )
  })
})

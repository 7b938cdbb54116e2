import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { keyTable } from './keys/database.ts'
import { masterKey } from './keys/key-files.ts'
import type { Acknowledgement } from './keys/postgres-writer.ts'
import { killedAtEachStep } from './kill-steps.ts'
import { databaseUrl } from './ledger/database.ts'

const context = { provider: 'p' }
const url = databaseUrl() ?? ''

interface Writer {
  readonly process: ChildProcess
  /** What the process said was committed. */
  readonly acknowledged: Promise<readonly string[]>
}

function writer(table: string, ...parameters: readonly string[]): Writer {
  const child = fork(join(import.meta.dirname, 'keys/postgres-writer.ts'), [url, table, ...parameters], { stdio: 'inherit' })
  const said: string[] = []
  child.on('message', (message: Acknowledgement) => void said.push(message.acknowledged))
  // Everything that was sent has come when the channel is closed.
  return { process: child, acknowledged: Promise.all([once(child, 'exit'), once(child, 'disconnect')]).then(() => said) }
}

describe.skipIf(url === '')('processes that write keys to PostgreSQL (skipped without DATABASE_URL)', { timeout: 240_000 }, () => {
  it('KS-07 lose nothing, with their connections ended over and over, and whoever reads sees a whole store all the while', async () => {
    await using base = await keyTable()
    const master = randomBytes(32).toString('hex')
    const store = base.open({ masterKey: masterKey(master) })
    await store.set('FIRST', 'sk-first')
    const names = ['A', 'B', 'C', 'D'].map((letter) => `${letter}-${randomBytes(4).toString('hex')}`)
    const writers = names.map((name) => writer(base.table, master, name, '15', '0', 'rotation'))
    const over = new AbortController()
    const said = Promise.all(writers.map(({ acknowledged }) => acknowledged)).finally(() => over.abort())
    let reads = 0
    let ended = 0
    for (let round = 0; !over.signal.aborted; round += 1) {
      expect((await store.get('FIRST', context))?.reveal()).toBe('sk-first')
      reads += (await base.open({ masterKey: masterKey(master) }).list()).length > 0 ? 1 : 0
      // One process at a time, so that the others get on.
      const { rowCount } = await base.pool.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
        [names[round % (names.length * 2)]],
      )
      ended += rowCount ?? 0
    }
    const acknowledged = (await said).flat().filter((name) => name !== 'rotation')
    expect([reads > 0, ended > 0, acknowledged.length > 0]).toEqual([true, true, true])
    const listed = new Set((await store.list()).map(({ name }) => name))
    expect(acknowledged.filter((name) => !listed.has(name))).toEqual([])
    for (const name of acknowledged) expect((await store.get(name, context))?.reveal()).toBe(`value-of-${name}`)
  })

  it('KS-06 are killed at whatever step: the store opens, has every acknowledged key, and takes the next one', async () => {
    await using base = await keyTable()
    const master = randomBytes(32).toString('hex')
    const store = base.open({ masterKey: masterKey(master) })
    await store.set('OLD_KEY', 'sk-old')

    const isKilledAt = async (step: number): Promise<boolean> => {
      const name = `NEW${step}`
      const { process, acknowledged } = writer(base.table, master, name, '1', String(step), 'rotation')
      const said = await acknowledged
      const isKilled = process.signalCode === 'SIGKILL'
      expect(isKilled || process.exitCode === 0).toBe(true)
      const names = (await store.list()).map((key) => key.name)
      expect(names).toContain('OLD_KEY')
      if (said.includes(`${name}-0`)) expect(names).toContain(`${name}-0`)
      expect((await store.get('OLD_KEY', context))?.reveal()).toBe('sk-old')
      if (names.includes(`${name}-0`)) expect((await store.get(`${name}-0`, context))?.reveal()).toBe(`value-of-${name}-0`)
      // At once: nobody waits for the lock of a process that is no more.
      await store.set(`NEXT${step}`, 'sk-next')
      expect((await store.get(`NEXT${step}`, context))?.reveal()).toBe('sk-next')
      return isKilled
    }

    const killed = await killedAtEachStep(isKilledAt)
    // Two changes of five statements each.
    expect(killed).toBe(20)
  })

  it('KS-08 rotate while others read and write, who notice nothing', async () => {
    await using base = await keyTable()
    const [old, young] = [masterKey(), masterKey()]
    const before = base.open({ masterKey: [old, young] })
    const after = base.open({ masterKey: [young, old] })
    for (const name of ['A', 'B', 'C']) await before.set(name, `sk-${name}`)
    const over = new AbortController()
    const reading = (async () => {
      let reads = 0
      for (; !over.signal.aborted; reads += 1)
        for (const name of ['A', 'B', 'C']) expect((await before.get(name, context))?.reveal()).toBe(`sk-${name}`)
      return reads
    })()
    const rotating = (async () => {
      for (let round = 0; round < 10; round += 1) await after.rotate()
    })()
    for (let round = 0; round < 10; round += 1) await before.set(`W${round}`, `sk-${round}`)
    await rotating
    await after.rotate()
    over.abort()
    expect(await reading).toBeGreaterThan(0)
    expect((await base.open({ masterKey: young }).list()).map(({ name }) => name)).toEqual(
      ['A', 'B', 'C', ...Array.from({ length: 10 }, (_, round) => `W${round}`)].toSorted(),
    )
  })
})

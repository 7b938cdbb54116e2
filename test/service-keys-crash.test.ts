import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fileServiceKeys } from '../src/service-keys/file/index.ts'
import { serviceKeys } from '../src/service-keys/index.ts'
import { killedAtEachStep } from './kill-steps.ts'
import { databaseUrl } from './ledger/database.ts'
import { keyFolder, postgresPlace } from './service-keys/stores.ts'
import type { Acknowledgement } from './service-keys/worker.ts'

interface Worker {
  readonly process: ChildProcess
  /** What the process said was done. */
  readonly acknowledged: Promise<readonly Acknowledgement[]>
}

function worker(...parameters: readonly string[]): Worker {
  const child = fork(join(import.meta.dirname, 'service-keys/worker.ts'), parameters, { stdio: 'inherit' })
  const said: Acknowledgement[] = []
  child.on('message', (message: Acknowledgement) => void said.push(message))
  // Everything that was sent has come when the channel is closed.
  return { process: child, acknowledged: Promise.all([once(child, 'exit'), once(child, 'disconnect')]).then(() => said) }
}

const ids = (said: readonly Acknowledgement[], what: Acknowledgement['what']) =>
  said.flatMap((each) => (each.what === what ? [each.id] : [])).toSorted()

describe('SK-03 a process that is killed', () => {
  it('leaves every acknowledged key and revocation in its file, at whatever step it was', { timeout: 240_000 }, async () => {
    using place = keyFolder()
    const first = join(place.path, 'first')
    mkdirSync(first)
    const old = await serviceKeys({ store: fileServiceKeys({ path: join(first, 'keys.json') }) }).create({ agent: 'old' })

    /** One process, killed at that step; whether it got so far. */
    const isKilledAt = async (step: number): Promise<boolean> => {
      const home = join(place.path, String(step))
      cpSync(first, home, { recursive: true })
      const path = join(home, 'keys.json')
      const { process, acknowledged } = worker(path, '1', String(step))
      const said = await acknowledged
      const isKilled = process.signalCode === 'SIGKILL'
      expect(isKilled || process.exitCode === 0).toBe(true)
      const keys = serviceKeys({ store: fileServiceKeys({ path }) })
      const listed = await keys.list()
      const revoked = listed.filter(({ revokedAt }) => revokedAt !== null).map(({ id }) => id)
      expect(await keys.verify(old.key)).not.toBeNull()
      expect(listed.map(({ id }) => id)).toEqual(expect.arrayContaining([old.id, ...ids(said, 'created')]))
      expect(revoked).toEqual(expect.arrayContaining(ids(said, 'revoked')))
      expect(statSync(path).mode & 0o777).toBe(0o600)
      // The next one goes on, and tidies up.
      expect(await keys.revoke(old.id)).toBe(true)
      expect(readdirSync(home)).toEqual(['keys.json'])
      return isKilled
    }

    const killed = await killedAtEachStep(isKilledAt)
    // Two changes, each with a lock, a draft, a rename and two syncs.
    expect(killed).toBeGreaterThan(30)
  })

  it.runIf(databaseUrl() !== undefined)('leaves every acknowledged revocation in PostgreSQL', { timeout: 60_000 }, async () => {
    await using place = await postgresPlace()
    const { process, acknowledged } = worker(`table:${place.table}`, 'Infinity')
    let count = 0
    process.on('message', () => {
      count += 1
      if (count === 41) process.kill('SIGKILL')
    })
    const said = await acknowledged
    expect(process.signalCode).toBe('SIGKILL')
    const listed = await serviceKeys({ store: place.store }).list()
    expect(ids(said, 'revoked').length).toBeGreaterThan(15)
    expect(listed.map(({ id }) => id)).toEqual(expect.arrayContaining(ids(said, 'created')))
    expect(listed.filter(({ revokedAt }) => revokedAt !== null).map(({ id }) => id)).toEqual(
      expect.arrayContaining(ids(said, 'revoked')),
    )
  })
})

describe('many processes', () => {
  it('SK-03 on one file lose no key and no revocation', { timeout: 120_000 }, async () => {
    using place = keyFolder()
    const said = (await Promise.all([1, 2, 3, 4].map(() => worker(place.file, '4').acknowledged))).flat()
    const keys = serviceKeys({ store: fileServiceKeys({ path: place.file }) })
    const listed = await keys.list()
    expect(listed.map(({ id }) => id).toSorted()).toEqual(ids(said, 'created'))
    expect(listed.every(({ revokedAt }) => revokedAt !== null)).toBe(true)
    expect([said.length, readdirSync(place.path)]).toEqual([32, ['service-keys.json']])
  })
})

import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fileKeys } from '../src/keys/file/index.ts'
import { lockTimes } from '../src/files/lock.ts'
import { folder, kindOf, masterKey, storeOf } from './keys/key-files.ts'
import type { Acknowledgement } from './keys/writer.ts'
import { killedAtEachStep } from './kill-steps.ts'

const context = { provider: 'p' }

interface Writer {
  readonly process: ChildProcess
  /** What the process said was on the disk. */
  readonly acknowledged: Promise<readonly string[]>
}

function writer(...parameters: readonly string[]): Writer {
  const child = fork(join(import.meta.dirname, 'keys/writer.ts'), parameters, { stdio: 'inherit' })
  const said: string[] = []
  child.on('message', (message: Acknowledgement) => void said.push(message.acknowledged))
  // Everything that was sent has come when the channel is closed.
  return { process: child, acknowledged: Promise.all([once(child, 'exit'), once(child, 'disconnect')]).then(() => said) }
}

/** The number of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = fork(join(import.meta.dirname, 'keys/writer.ts'), ['', '', '', '0'], { stdio: 'ignore' })
  await once(child, 'exit')
  return child.pid ?? 0
}

describe('writers that are killed', () => {
  it(
    'KS-06 leave, at whatever step, a file that opens and has every acknowledged key; the next writer tidies up',
    { timeout: 240_000 },
    async () => {
      using place = folder()
      const master = randomBytes(32).toString('hex')
      const first = join(place.path, 'first')
      const path = join(first, 'keys.jwe')
      mkdirSync(first)
      await fileKeys({ path, masterKey: masterKey(master) }).set('OLD_KEY', 'sk-old')

      /** One process, killed at that step; whether it got so far. */
      const isKilledAt = async (step: number): Promise<boolean> => {
        const home = join(place.path, String(step))
        cpSync(first, home, { recursive: true })
        const copy = join(home, 'keys.jwe')
        const { process, acknowledged } = writer(copy, master, 'NEW', '1', String(step), 'rotation')
        const said = await acknowledged
        const isKilled = process.signalCode === 'SIGKILL'
        expect(isKilled || process.exitCode === 0).toBe(true)
        const store = fileKeys({ path: copy, masterKey: masterKey(master) })
        const names = (await store.list()).map(({ name }) => name)
        expect(names).toContain('OLD_KEY')
        if (said.includes('NEW-0')) expect(names).toContain('NEW-0')
        expect((await store.get('OLD_KEY', context))?.reveal()).toBe('sk-old')
        if (names.includes('NEW-0')) expect((await store.get('NEW-0', context))?.reveal()).toBe('value-of-NEW-0')
        expect(statSync(copy).mode & 0o777).toBe(0o600)
        await store.set('NEXT_KEY', 'sk-next')
        expect(readdirSync(home)).toEqual(['keys.jwe'])
        return isKilled
      }

      const killed = await killedAtEachStep(isKilledAt)
      // Two changes, each with a lock, a draft, a rename and two syncs.
      expect(killed).toBeGreaterThan(30)
    },
  )
})

describe('many writers', () => {
  it('KS-07 in several processes lose nothing', { timeout: 120_000 }, async () => {
    using place = folder()
    const master = randomBytes(32).toString('hex')
    const names = ['A', 'B', 'C', 'D']
    const writers = names.map((name) => writer(place.file, master, name, '6'))
    const said = (await Promise.all(writers.map(({ acknowledged }) => acknowledged))).flat()
    expect(said.length).toBe(24)
    const store = fileKeys({ path: place.file, masterKey: masterKey(master) })
    expect((await store.list()).map(({ name }) => name)).toEqual(said.toSorted())
    for (const name of said) expect((await store.get(name, context))?.reveal()).toBe(`value-of-${name}`)
    expect(readdirSync(place.path)).toEqual(['keys.jwe'])
  })

  it('KS-07 in one process, and through several stores, lose nothing', async () => {
    using place = folder()
    const options = { path: place.file, masterKey: masterKey() }
    const [one, other] = [fileKeys(options), fileKeys(options)]
    await Promise.all(Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? one : other).set(`KEY_${at}`, `sk-${at}`)))
    expect((await fileKeys(options).list()).length).toBe(20)
  })
})

const owner = (pid: number, host = hostname()) => JSON.stringify({ host, pid, token: 'of-somebody' })

describe('a lock', () => {
  it('KS-07 of a process that has ended is taken over, by one of those who wait', async () => {
    using place = folder()
    const options = { path: place.file, masterKey: masterKey() }
    writeFileSync(`${place.file}.lock`, owner(await deadPid()))
    await Promise.all([1, 2, 3].map((at) => fileKeys(options).set(`KEY_${at}`, 'sk-a')))
    expect((await fileKeys(options).list()).length).toBe(3)
    expect(readdirSync(place.path)).toEqual(['keys.jwe'])
  })

  it.each([
    ['of another machine', owner(1, 'elsewhere')],
    ['of a process that lives', owner(process.pid)],
    ['that nobody can read', 'not by us'],
  ])('KS-07 %s is taken over when nobody has touched it for long enough', async (_whose, text) => {
    using place = folder()
    writeFileSync(`${place.file}.lock`, text)
    const store = storeOf(place.file, masterKey(), { times: { ...lockTimes, staleMs: 50 } })
    await store.set('A_KEY', 'sk-a')
    expect(readdirSync(place.path)).toEqual(['keys.jwe'])
  })

  it('KS-07 that its owner touches is respected, and waiting ends with an error that names it', async () => {
    using place = folder()
    const lock = `${place.file}.lock`
    writeFileSync(lock, owner(process.pid))
    // Touched whenever it is looked at.
    let looks = 0
    const files = await import('node:fs/promises').then((promises) => ({
      ...promises,
      readFile: new Proxy(promises.readFile, {
        apply(read, that, parameters): unknown {
          looks += 1
          utimesSync(lock, looks, looks)
          return Reflect.apply(read, that, parameters)
        },
      }),
    }))
    const store = storeOf(place.file, masterKey(), { files, times: { ...lockTimes, staleMs: 100, patienceMs: 500 } })
    expect(await kindOf(store.set('A_KEY', 'sk-a'))).toBe('locked')
    expect([existsSync(lock), existsSync(place.file)]).toEqual([true, false])
  })

  it('KS-07 that was taken over in the middle of a write ends that write before it replaces anything', async () => {
    using place = folder()
    const key = masterKey()
    await fileKeys({ path: place.file, masterKey: key }).set('A_KEY', 'sk-a')
    const before = place.text()
    const promises = await import('node:fs/promises')
    const files = {
      ...promises,
      open: new Proxy(promises.open, {
        apply(open, that, parameters: Parameters<typeof promises.open>): unknown {
          if (parameters[1] === 'wx') writeFileSync(`${place.file}.lock`, owner(process.pid))
          return Reflect.apply(open, that, parameters)
        },
      }),
    }
    expect(await kindOf(storeOf(place.file, key, { files }).set('B_KEY', 'sk-b'))).toBe('locked')
    expect([place.text(), readdirSync(place.path)]).toEqual([before, ['keys.jwe', 'keys.jwe.lock']])
  })
})

import { spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import type { AuditEvent } from '../src/contracts/audit.ts'

const event: AuditEvent = { type: 'sink.dropped', count: 1 }

const at = (file: string): string => JSON.stringify(new URL(`../src/${file}`, import.meta.url).href)

/** Runs a program to its end that has `trail(sink)` and an `event` at hand. */
async function outcomeOf(
  program: string,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const code = `
    import { createTrail } from ${at('audit/trail.ts')}
    import { systemClock } from ${at('clock.ts')}
    const trail = (sink) => createTrail({ sinks: [sink], clock: systemClock })
    const event = ${JSON.stringify(event)}
    const written = []
    ${program}`
  const flags = ['--experimental-transform-types', '--no-warnings', '--input-type=module', '--eval', code]
  const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => stream.setEncoding('utf8').toArray())
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code: await ended, stdout: (await stdout)?.join('') ?? '', stderr: (await stderr)?.join('') ?? '' }
}

describe('the end of the process', { timeout: 60_000 }, () => {
  it('is told to the sinks: what they still hold is written', async () => {
    const outcome = await outcomeOf(`
      const { emit } = trail({
        write(record) { written.push(record.seq) },
        flush: () => new Promise((resolve) => setTimeout(() => { console.log('flushed', ...written); resolve() }, 1)),
      })
      emit(event)
      emit(event)`)
    expect(outcome).toEqual({ code: 0, stdout: 'flushed 1 2\n', stderr: '' })
  })

  it('flushes again for what is written while it flushes, and not for nothing', async () => {
    const outcome = await outcomeOf(`
      let flushes = 0
      const { emit } = trail({
        write() {},
        async flush() {
          await new Promise((resolve) => setTimeout(resolve, 1))
          console.log(++flushes)
          if (flushes === 1) emit(event)
        },
      })
      emit(event)`)
    expect(outcome).toEqual({ code: 0, stdout: '1\n2\n', stderr: '' })
  })

  it('SI-07 is not put off by a sink that hangs, nor by an open one', async () => {
    const outcome = await outcomeOf(`
      const { emit } = trail({ write: () => new Promise(() => {}), flush: () => new Promise(() => {}) })
      emit(event)`)
    expect(outcome).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  it('waits up to its limit for a flush() that somebody waits for', async () => {
    const outcome = await outcomeOf(`
      const { emit, flush } = createTrail({ sinks: [{ write: () => new Promise(() => {}) }], clock: systemClock, drainMs: 5 })
      emit(event)
      await flush()
      console.log('went on')`)
    expect(outcome).toEqual({ code: 0, stdout: 'went on\n', stderr: '' })
  })

  it('is listened for once, whatever the number of routers, only while one has sinks, and not after close()', async () => {
    const outcome = await outcomeOf(`
      const counts = []
      const count = () => counts.push(process.listenerCount('beforeExit'))
      createTrail({ sinks: [], clock: systemClock })
      count()
      const trails = Array.from({ length: 20 }, () => trail({ write() {} }))
      count()
      for (const each of trails.slice(1)) await each.close()
      count()
      await trails[0].close()
      count()
      console.log(...counts)`)
    expect(outcome).toEqual({ code: 0, stdout: '0 1 1 0\n', stderr: '' })
  })
})

import { Writable } from 'node:stream'
import OpenAI from 'openai'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import type { ConsoleLogger } from '../src/index.ts'
import { createRouter, memoryAudit, memoryKeys } from '../src/index.ts'
import { answer, fail, fakeClock, fakeProvider } from '../src/testing/index.ts'

type Line = Readonly<Record<string, unknown>>

const messages = [{ role: 'user' as const, content: 'a secret question' }]
const ask = { model: 'm', messages }
const canary = 'sk-canary-0123456789abcdefghijklmnop'

/** A real pino logger, and what it has written. */
function pinoAt(level: string) {
  const lines: Line[] = []
  const to = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)))
      done()
    },
  })
  return { lines, logger: pino({ level, base: null, timestamp: false }, to) }
}

/** A logger as the console is, and what it was given. */
function consoleLike() {
  const lines: unknown[][] = []
  const logger: ConsoleLogger = {
    debug: (...given) => void lines.push(['debug', ...given]),
    warn: (...given) => void lines.push(['warn', ...given]),
  }
  return { lines, logger }
}

/** The first of its targets fails as `status` says. */
function failing(status: number) {
  const one = fakeProvider({ id: 'one', key: 'ONE_KEY', models: ['m'], script: fail({ status }) })
  const two = fakeProvider({ id: 'two', models: ['m'], script: answer('a secret answer') })
  return { providers: [one, two], models: { m: ['one/m', 'two/m'] }, keys: memoryKeys({ ONE_KEY: canary }) }
}

function boom(): never {
  throw new Error('the logger is broken')
}

describe('logger', () => {
  it('writes decision, attempts and switches at debug through pino, fields first', async () => {
    const { lines, logger } = pinoAt('debug')
    const client = createRouter({ ...failing(503), logger })
    await client.chat.completions.create(ask)
    expect(lines.map(({ msg }) => msg)).toEqual([
      'modelyard: request.accepted',
      'modelyard: decision.made',
      'modelyard: key.used',
      'modelyard: attempt.started',
      'modelyard: attempt.failed',
      'modelyard: route.switched',
      'modelyard: attempt.started',
      'modelyard: attempt.succeeded',
      'modelyard: request.completed',
    ])
    expect(new Set(lines.map(({ level }) => level))).toEqual(new Set([20]))
    const [{ requestId } = {}] = lines
    expect(requestId).toMatch(/^req_/)
    expect(lines[5]).toEqual({
      level: 20,
      requestId,
      from: 'one/m',
      to: 'two/m',
      reason: 'server',
      msg: 'modelyard: route.switched',
    })
  })

  it('writes the same to a logger that is like the console, message first', async () => {
    const { lines, logger } = consoleLike()
    const client = createRouter({ ...failing(503), logger })
    await client.chat.completions.create(ask)
    expect(lines).toContainEqual([
      'debug',
      'modelyard: route.switched',
      { requestId: expect.any(String), from: 'one/m', to: 'two/m', reason: 'server' },
    ])
  })

  it('takes the console itself', () => {
    expect(createRouter({ ...failing(503), logger: console })).toBeInstanceOf(OpenAI)
  })

  it('writes skips, tries and changes of circuits', async () => {
    const { lines, logger } = consoleLike()
    const one = fakeProvider({ id: 'one', models: ['m'], script: [fail({ status: 503 }), answer('Hello'), answer('Hello')] })
    const clock = fakeClock()
    const client = createRouter({ providers: [one], maxRetries: 1, clock, logger })
    const completion = client.chat.completions.create(ask)
    await clock.advanceAsync(10_000)
    await completion
    client.breakers.trip('one/m')
    await expect(client.chat.completions.create(ask)).rejects.toMatchObject({ code: 'all_circuits_open' })
    const written = lines.map(([, message, fields]) => [message, fields])
    expect(written).toContainEqual(['modelyard: attempt.started', expect.objectContaining({ attempt: 2, target: 'one/m' })])
    expect(written).toContainEqual(['modelyard: breaker.opened', { target: 'one/m', from: 'closed', reason: 'trip' }])
    expect(written).toContainEqual(['modelyard: target.skipped', expect.objectContaining({ reason: 'breaker_open' })])
  })

  it('warns of what needs a human: a rejected key, a lost record', async () => {
    const { lines, logger } = pinoAt('warn')
    let isBroken = true
    const write = (): void => {
      if (isBroken) throw new Error('no disk')
    }
    const client = createRouter({ ...failing(401), audit: { write }, logger })
    await client.chat.completions.create(ask)
    await client.flush()
    isBroken = false
    await client.chat.completions.create(ask)
    await client.flush()
    const written = lines.map(({ level, msg }) => `${String(level)} ${String(msg)}`)
    expect(written.toSorted()).toEqual([
      '40 modelyard: attempt.failed',
      '40 modelyard: attempt.failed',
      '40 modelyard: sink.dropped',
    ])
    expect(lines[0]).toMatchObject({ target: 'one/m', kind: 'auth', status: 401, severity: 'high' })
  })

  it('puts no line together where its level is off', async () => {
    let asked = 0
    const logger = {
      isLevelEnabled(level: string) {
        asked += 1
        return level === 'warn'
      },
      debug: () => expect.unreachable(),
      warn: () => expect.unreachable(),
    }
    const client = createRouter({ ...failing(503), logger })
    await client.chat.completions.create(ask)
    expect(asked).toBeGreaterThan(5)
  })

  it('writes neither content nor keys', async () => {
    const { lines, logger } = pinoAt('debug')
    const client = createRouter({ ...failing(401), logger })
    await client.chat.completions.create(ask)
    await expect(client.chat.completions.create({ ...ask, model: `one/${canary}` })).rejects.toThrow(/./)
    const written = JSON.stringify(lines)
    for (const secret of ['secret question', 'secret answer', canary]) expect(written).not.toContain(secret)
  })

  it('changes nothing for the caller where it throws', async () => {
    const audit = memoryAudit()
    const client = createRouter({ ...failing(503), logger: { debug: boom, warn: boom }, audit })
    const completion = await client.chat.completions.create(ask)
    expect(completion.choices[0]?.message.content).toBe('a secret answer')
    expect(await client.close()).toBe(0)
    expect(audit.records.at(-1)?.event.type).toBe('request.completed')
  })

  it('is not that of the OpenAI client, which withOptions() sets as it always has', async () => {
    const [own, theirs] = [consoleLike(), consoleLike()]
    const client = createRouter({ ...failing(503), logger: own.logger })
    const write = (message: string): void => theirs.logger.debug(message, {})
    const logger = { debug: write, info: write, warn: write, error: write }
    const view = client.withOptions({ logger, logLevel: 'debug' })
    await view.chat.completions.create(ask)
    expect(own.lines.map(([, message]) => message)).toContain('modelyard: request.completed')
    expect(theirs.lines).toEqual([])
    await view.models.list()
    expect(theirs.lines.length).toBeGreaterThan(0)
  })

  it.each([
    ['a name', 'pino'],
    ['a logger without debug()', { warn() {} }],
  ])('is refused as %s', (_what, logger) => {
    const options: object = { ...failing(503), logger }
    expect(() => createRouter(options)).toThrow(expect.objectContaining({ code: 'BAD_OPTION', field: 'logger' }))
  })
})

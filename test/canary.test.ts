// Nobody but a vendor ever gets a key: looked for in everything that a caller can hold and in everything that leaves the
// process, after every fault, at every door.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { otelAudit } from '../src/audit/otel/index.ts'
import { attemptsOf, jsonlAudit, routeOf } from '../src/index.ts'
import { vendorSimulator } from '../src/testing/index.ts'
import { placesOf } from '../src/testing/places.ts'
import { doors } from './every-vendor.ts'
import { struck } from './faults/bench.ts'
import type { Outcome } from './faults/bench.ts'
import { openDoorBench } from './faults/door-bench.ts'
import { expectations } from './faults/expectations.ts'
import { casesOf, strikeOf } from './faults/picture.ts'
import { canaryFor } from './secrecy/canaries.ts'
import type { Canary } from './secrecy/canaries.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'modelyard-canary-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const titled = doors.map((door) => [door.name, door] as const)

/** What a caller can get hold of after one request, and what the trail has of it. */
const inHand = ({ seen, events }: Outcome): object => ({
  error: seen.error,
  attempts: attemptsOf(seen.error),
  answers: seen.answers,
  opened: seen.opened,
  route: seen.opened === undefined ? undefined : routeOf(seen.opened),
  events,
})

/** The sinks that keep what they get outside of the process, and all that they have. */
function sinksIn(file: string) {
  const exporter = new InMemoryLogRecordExporter()
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] })
  return {
    sinks: [jsonlAudit({ path: file }), otelAudit({ provider })],
    kept: () => ({ file: readFileSync(file, 'utf8'), logs: exporter.getFinishedLogRecords() }),
  }
}

/** Where the vendor repeats the key wherever it can: in its words, and in headers. */
const repeating = ({ saying, key }: Canary) => ({
  message: saying,
  code: key,
  headers: { 'x-request-id': `req-${key}`, 'x-echo': saying.replaceAll('…', '...'), 'set-cookie': `k=${key}` },
})

describe('the search', () => {
  const { key, traces, saying } = canaryFor('the search', 'openai')

  it('knows every form in which a key may be repeated', () => {
    const unknown = saying.split(' | ').filter((words) => placesOf(traces, { words }).length === 0)
    expect(unknown).toEqual([])
  })

  it('has something to find: vendors do repeat the key', async () => {
    await using simulator = await vendorSimulator()
    simulator.fail('openai', 'bad-key', repeating(canaryFor('the search', 'openai')))
    const response = await fetch(`${simulator.openai.baseURL}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] }),
    })
    for (const said of [await response.text(), response.headers.get('x-echo'), response.headers.get('x-request-id')])
      expect(said).toContain(key)
  })
})

describe('SE-01, SE-02 and SE-08 a key is nowhere, whatever goes wrong', () => {
  it.concurrent.each(titled)('%s', { timeout: 300_000 }, async (name, door) => {
    const canary = canaryFor(name, door.vendor)
    const { sinks, kept } = sinksIn(join(folder, `${name}.jsonl`))
    await using bench = await openDoorBench(door, { key: canary.key, sinks })
    const found: unknown[] = []
    const keys = new Set<string | undefined>()
    let strays = 0
    for (const row of expectations) {
      for (const one of casesOf(row, [bench.parties])) {
        bench.renew()
        const { parameters, ...strike } = strikeOf(row, one)
        const words = { ...repeating(canary), ...parameters }
        const outcome = await struck(bench, { ...strike, parameters: words, alone: true })
        strays += outcome.strays
        for (const { key } of bench.simulator.requests) keys.add(key)
        const places = placesOf(canary.traces, inHand(outcome))
        if (places.length > 0) found.push([row.fault, one.mode, places])
      }
    }
    await bench.client.flush()
    expect(found).toEqual([])
    expect(placesOf(canary.traces, kept())).toEqual([])
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
    // The vendor, and nobody else, has got it.
    expect([[...keys], strays]).toEqual([[canary.key], 0])
    expect(placesOf(['"type":"attempt.failed"'], kept()).length).toBeGreaterThan(0)
  })
})

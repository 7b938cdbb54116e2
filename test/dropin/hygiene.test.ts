import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { chunks, completion, failure, json, silence, streamed, text } from './answers.ts'
import type { Answer, LoopbackServer } from './server.ts'
import { eachSubject, sdk } from './suite.ts'
import type { Subject } from './subjects.ts'

const script = fileURLToPath(new URL('./children/run.ts', import.meta.url))

const whole = json(completion())
const stream = streamed(chunks('a', 'b', 'c'))
const models = json({ object: 'list', data: [{ id: 'gpt-4o-mini', object: 'model', created: 0, owned_by: 'system' }] })

const named: Readonly<Record<string, Answer>> = {
  failure: failure(500),
  silence,
  malformed: text('{"id":', { headers: { 'content-type': 'application/json' } }),
}

/** Answers what is asked for: a list, a stream, or what the header says. */
const obliging: Answer = async (exchange) => {
  const { headers, method, body } = exchange.request
  const wished = named[String(headers['x-answer'])]
  if (wished !== undefined) return await wished(exchange)
  if (method === 'GET') return await models(exchange)
  await (body.includes('"stream":true') ? stream : whole)(exchange)
}

interface Ended {
  readonly stdout: string
  readonly stderr: string
}

function bytesOf({ stdout }: Ended): number {
  expect(stdout).toMatch(/^-?\d+$/)
  return Number(stdout)
}

async function child(scenario: string, subject: Subject, server: LoopbackServer): Promise<Ended> {
  server.always(obliging)
  const flags = ['--expose-gc', '--disable-warning=ExperimentalWarning']
  const [{ PATH = '' }, args] = [process.env, [scenario, subject.name, server.baseURL, sdk]]
  // Rejects when the process fails, or has to be ended because it does not end.
  return await promisify(execFile)(process.execPath, [...flags, script, ...args], { env: { PATH }, timeout: 170_000 })
}

const patient = { timeout: 180_000 } as const

eachSubject((it, subject) => {
  it(
    '52 the process ends by itself, and nothing is printed',
    async ({ server }) => {
      expect(await child('everything', subject, server)).toEqual({ stdout: '', stderr: '' })
      expect(server.requests.length).toBeGreaterThan(9)
    },
    patient,
  )

  it(
    '52 the heap does not grow over 3,000 calls',
    async ({ server }) => {
      expect(bytesOf(await child('calls', subject, server)) / 3000).toBeLessThan(1024)
    },
    patient,
  )

  it(
    '52 the heap does not grow over 500 abandoned streams on one signal',
    async ({ server }) => {
      expect(bytesOf(await child('abandoned', subject, server)) / 500).toBeLessThan(4096)
    },
    patient,
  )
})

import type OpenAI from 'openai'
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { gaps } from './majors.ts'
import { startServer, type LoopbackServer } from './server.ts'
import { subjects, type SharedOptions, type Subject } from './subjects.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The npm alias that stands in for `openai` in this run. */
    sdk: string
  }
}

/** What every test gets: an upstream of its own, and clients that call it. */
export interface Bench {
  readonly subject: Subject
  readonly server: LoopbackServer
  readonly client: OpenAI
  /** Another client of the same kind with its own state. */
  readonly another: (options?: SharedOptions) => OpenAI
}

export interface PointOptions {
  readonly client?: SharedOptions
  readonly timeout?: number
}

/** A test of one numbered point. */
export type Point = (name: `${number} ${string}`, body: (bench: Bench) => void | Promise<void>, options?: PointOptions) => void

/** The SDK under test, when it is another one than the project's own. */
export const sdk: string = inject('sdk') ?? 'openai'

function pointOf(subject: Subject): Point {
  const missing = new Set(gaps[sdk])
  return (name, body, { client, timeout } = {}) => {
    // What the real client of an old major can't do is not asked of the router there; and the entry is stale once it can.
    const isMissing = missing.has(name)
    const run = isMissing ? (subject.isRouter ? test.skip : test.fails) : test
    run(
      name,
      async () => {
        const server = await startServer()
        try {
          const another = (options?: SharedOptions) => subject.create(server, options)
          await body({ subject, server, client: another(client), another })
          expect(server.unexpected, 'requests beyond the script').toBe(0)
        } finally {
          await server.close()
        }
      },
      // Some fail by hanging.
      timeout ?? (isMissing ? 2000 : 30_000),
    )
  }
}

/** Defines the same tests for the real client and for every kind of router. */
export function eachSubject(define: (point: Point, subject: Subject) => void): void {
  for (const subject of subjects) describe(subject.name, () => define(pointOf(subject), subject))
}

/** Lets the event loop go round, so that everything that is due has happened. */
export async function turns(count = 2): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/**
 * Stops the machine's timers until the test is over; what it gives moves them. A limit of a few milliseconds then passes
 * when the request has arrived, and not before, however busy the machine is.
 */
export function heldTime(): (ms: number) => void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  return (ms) => void vi.advanceTimersByTime(ms)
}

/** The error of something that has to fail. */
export async function failureOf(attempt: PromiseLike<unknown>): Promise<unknown> {
  try {
    await attempt
  } catch (error) {
    return error
  }
  throw new Error('it was expected to fail and did not')
}

/** Everything that an iterable gives until its end. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

/** What an iterable gave, and the error it ended with, if any. */
export async function drain<Item>(items: AsyncIterable<Item>): Promise<{ readonly items: Item[]; readonly error: unknown }> {
  const all: Item[] = []
  try {
    for await (const item of items) all.push(item)
    return { items: all, error: undefined }
  } catch (error) {
    return { items: all, error }
  }
}

/** The smallest request. */
export const ask = { model: 'gpt-4o-mini', messages: [{ role: 'user' as const, content: 'Hi.' }] }

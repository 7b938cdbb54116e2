import { inspect } from 'node:util'
import { APIError } from 'openai'
import { halfSpoken, partiesOf, spoken, vendors } from './bench.ts'
import type { Outcome, Parties, Strike } from './bench.ts'
import type { Expectation, Verdict } from './expectations.ts'

export const modes = ['unary', 'stream'] as const

type Mode = (typeof modes)[number]

/** What is compared: everything that the caller, the vendors and the books can tell of one request. */
export interface Picture {
  readonly servedBy: string | undefined
  readonly text: string
  readonly finish: string | undefined
  /** Every answer and chunk has the shape that callers rely on. */
  readonly sound: boolean
  readonly error: string | undefined
  /** The events of the trail, in order. */
  readonly trail: readonly string[]
  /** Requests for answers on the wire. */
  readonly wire: Readonly<Record<string, number>>
  readonly strays: number
  /** No request was left open. */
  readonly closed: boolean
  /** Failures that the struck vendor's breaker has counted. */
  readonly counted: number
}

/** The outcome as a picture. */
export function pictureOf({ seen, events, wire, strays, closed, counted, target }: Outcome): Picture {
  const { text, finish, answers, error } = seen
  // A stream that never opened for the caller has no route worth comparing.
  const servedBy = text === '' && finish === undefined ? undefined : target
  return {
    servedBy,
    text,
    finish,
    sound: answers.every(isSound),
    error: nameOf(error),
    trail: events.map(({ type }) => type).filter((type) => type !== 'key.used'),
    wire,
    strays,
    closed,
    counted,
  }
}

function isSound(answer: unknown): boolean {
  if (typeof answer !== 'object' || answer === null || !('choices' in answer) || !Array.isArray(answer.choices)) return false
  return answer.choices.every(
    (choice: unknown) => typeof choice === 'object' && choice !== null && ('message' in choice || 'delta' in choice),
  )
}

/** The class of an error that an `openai` client could have thrown; else what it is instead. */
export function nameOf(error: unknown): string | undefined {
  if (error === undefined) return undefined
  return error instanceof APIError ? error.constructor.name : `not an APIError: ${inspect(error)}`
}

const accepted = ['request.accepted', 'decision.made', 'attempt.started']

/** What the picture must be for a verdict. */
export function expected({ fault, neutral, unsent, adds = '' }: Expectation, verdict: Verdict, struck: Struck): Picture {
  const { parties, mode, error } = struck
  const { vendor, target, next } = parties
  const streamed = mode === 'stream'
  const wire: Picture['wire'] = unsent === true ? {} : { [vendor]: 1 }
  const always = { sound: true, strays: 0, closed: true }
  const served = [...(streamed ? ['stream.committed'] : []), 'attempt.succeeded', 'request.completed']
  switch (verdict) {
    case 'primary':
      return {
        ...always,
        servedBy: target,
        text: `${spoken(vendor).join('')}${adds}`,
        finish: 'stop',
        error: undefined,
        trail: [...accepted, ...served],
        wire,
        counted: 0,
      }
    case 'fallback':
      return {
        ...always,
        servedBy: next.target,
        text: spoken(next.vendor).join(''),
        finish: 'stop',
        error: undefined,
        trail: [...accepted, 'attempt.failed', 'route.switched', 'attempt.started', ...served],
        wire: { ...wire, [next.vendor]: 1 },
        counted: neutral === true ? 0 : 1,
      }
    case 'caller':
      return {
        ...always,
        servedBy: undefined,
        text: '',
        finish: undefined,
        error,
        trail: [...accepted, 'attempt.failed', 'request.failed'],
        wire,
        counted: 0,
      }
    case 'stream-error':
      return {
        ...always,
        servedBy: target,
        text: fault === 'terminal-without-finish' ? spoken(vendor).join('') : halfSpoken(vendor),
        finish: undefined,
        error: 'StreamInterruptedError',
        trail: [...accepted, 'stream.committed', 'attempt.failed', 'stream.interrupted', 'request.failed'],
        wire,
        counted: 1,
      }
  }
}

/** Where a fault struck. */
export interface Struck {
  readonly parties: Parties
  readonly mode: Mode
  /** The class of the error that a bare client makes of such a response. */
  readonly error: string | undefined
}

/** One vendor, asked in one way. */
export interface Case {
  readonly parties: Parties
  readonly mode: Mode
  readonly verdicts: readonly Verdict[]
}

/** Everybody in each mode that the fault concerns. */
export function casesOf(row: Expectation, everybody: readonly Parties[] = vendors.map(partiesOf)): readonly Case[] {
  return everybody.flatMap((parties) =>
    modes.flatMap((mode) => {
      const verdicts = row[mode]
      return verdicts === undefined ? [] : [{ parties, mode, verdicts }]
    }),
  )
}

/** Names a case. */
export function labelOf({ parties, mode }: Case): string {
  return `${parties.agent}, ${mode}`
}

/** The fault of a row, ordered for a case. */
export function strikeOf({ fault, parameters, silent }: Expectation, { parties, mode }: Case): Strike {
  return { parties, fault, parameters: parameters ?? {}, silent, stream: mode === 'stream' }
}

/** The error class that the OpenAI client itself has for the status on the wire. */
export function classOf(status: number | undefined): string {
  return status === undefined || status < 300
    ? 'APIError'
    : APIError.generate(status, {}, undefined, new Headers()).constructor.name
}

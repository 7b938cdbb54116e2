import { OpenAIError } from 'openai'
import type { AuditEvent, AuditRecord } from '../../src/index.ts'
import type { RecordedRequest } from '../../src/testing/index.ts'
import { BreakerModel } from './breaker-model.ts'
import { agentOf, numberOf } from './caller.ts'
import type { Heard } from './caller.ts'
import { giantBytes } from './plan.ts'
import type { PlannedCall, RunPlan } from './plan.ts'
import type { Answers } from './policies.ts'
import { clocks, cooldownMs, piecesOf } from './world.ts'
import type { World } from './world.ts'

/** A call that is over. */
export interface Done {
  readonly plan: PlannedCall
  readonly heard: Heard
  readonly listeners: number
  /** From when to when, on the clock, the caller did not read. */
  readonly rested: readonly [from: number, to: number]
}

/** Everything that is wrong with a run. */
export function verify(plan: RunPlan, world: World, done: readonly Done[]): readonly string[] {
  return [
    ...done.flatMap((one) => ofCall(plan, world, one).map((problem) => `call ${one.plan.number}: ${problem}`)),
    ...ofTrail(world.records),
    ...ofBreakers(plan, world, done),
    ...ofBooks(world),
  ]
}

/** How many calls gave the caller what none may: a text of two vendors, or a cut one as if it were whole. */
export function wrongTexts(plan: RunPlan, done: readonly Done[]): number {
  return done.filter((one) => plan.policy.judge(one.heard, answersTo(plan, one.plan)) !== undefined).length
}

function ofCall(plan: RunPlan, world: World, { plan: call, heard, listeners }: Done): readonly string[] {
  const events = world.records.filter(({ agent }) => agent === agentOf(call.number)).map(({ event }) => event)
  const wire = world.simulator.requests.filter((request) => isFor(request, call.number)).length
  const problem = plan.policy.judge(heard, answersTo(plan, call))
  const { error } = heard
  return [
    ...(problem === undefined
      ? []
      : [`${problem}: ${JSON.stringify({ ...heard, error: error instanceof Error ? error.message : typeof error })}`]),
    ...(error === undefined || error instanceof OpenAIError
      ? []
      : [`the error is of no type of the client's: ${error instanceof Error ? error.message : typeof error}`]),
    ...ofAttempts(plan, call, { events, wire }),
    ...(listeners === 0 ? [] : [`${listeners} listeners are left on the caller's signal`]),
  ]
}

/** A request for an answer; what a vendor wants before and behind it does not count as attempts. */
function isFor({ operation, body }: RecordedRequest, number: number): boolean {
  return operation === 'chat' && numberOf(JSON.stringify(body)) === number
}

/** What the vendors of a call's chain may say to it: what they were told, and what a fault puts behind it. */
function answersTo({ doors }: RunPlan, call: PlannedCall): Answers {
  const said = call.chain.flatMap((place) => {
    const door = doors[place]
    return door === undefined ? [] : [piecesOf(door, call)]
  })
  const behind = ['', '\uFFFD\uFFFD\uFFFD', 'x'.repeat(giantBytes)]
  const whole = said.flatMap((pieces) => behind.map((more) => pieces.join('') + more))
  const isWhole = (text: string): boolean => whole.includes(text)
  const isBeginning = (text: string): boolean =>
    whole.some((each) => each.startsWith(text)) || said.some((pieces) => isEndless(text, pieces))
  // No two vendors say the same, and each begins with its name: an answer ends where the next one begins.
  const parted = (text: string): readonly string[] =>
    partedAt(
      said.flatMap(([first = '']) => first),
      text,
    )
  return {
    isWhole,
    isBeginning,
    isJoined(text, closed) {
      const parts = parted(text)
      return parts.every(isBeginning) && (!closed || isWhole(parts.at(-1) ?? ''))
    },
  }
}

/** A text, cut before each of these words. */
function partedAt(words: readonly string[], text: string): readonly string[] {
  const places = Array.from(text, (_, place) => place).filter((place) => words.some((word) => text.startsWith(word, place)))
  const cuts = [0, ...places.filter((place) => place > 0), text.length]
  return cuts.slice(1).map((end, index) => text.slice(cuts[index], end))
}

/** The beginning of an answer, and then its last piece again and again. */
function isEndless(text: string, pieces: readonly string[]): boolean {
  return pieces.some((piece, index) => {
    const begun = pieces.slice(0, index + 1).join('')
    return text.startsWith(begun) && text.slice(begun.length).replaceAll(piece, '') === ''
  })
}

interface Attempts {
  readonly events: readonly AuditEvent[]
  /** Requests on the wire. */
  readonly wire: number
}

function ofAttempts({ doors }: RunPlan, call: PlannedCall, { events, wire }: Attempts): readonly string[] {
  const started = events.filter(({ type }) => type === 'attempt.started').length
  const failed = events.filter((event) => event.type === 'attempt.failed')
  const unsent = failed.filter(({ kind }) => kind === 'network').length
  const budget = Math.min(call.chain.length, doors.length) + call.maxRetries
  // What is aborted at once, or has failed on the way, may never have come to the wire.
  const least = failed.some(({ kind }) => kind === 'aborted' || kind === 'caller_timeout') ? 0 : started - unsent
  return [
    ...(started > budget ? [`${started} attempts, and there were to be ${budget} at most`] : []),
    ...(wire > started || wire < least ? [`${wire} requests on the wire, and ${started} attempts in the trail`] : []),
  ]
}

const ends = new Set<AuditEvent['type']>(['request.completed', 'request.failed', 'request.cancelled'])

/** Complete and in order: beginning, decision, attempts one after the other, exactly one end; no record is missing. */
function ofTrail(records: readonly AuditRecord[]): readonly string[] {
  const wrong = records.flatMap(({ seq }, index) =>
    seq === (records[0]?.seq ?? 0) + index ? [] : [`record ${seq} is out of order`],
  )
  for (const events of byRequest(records)) {
    const types = events.map(({ event }) => event).filter(({ type }) => !/^breaker|^key|^store/.test(type))
    if (!isInOrder(types)) wrong.push(`the trail of a request is ${types.map(({ type }) => type).join(', ')}`)
    const numbers = types.flatMap((event) => (event.type === 'attempt.started' ? [event.attempt] : []))
    if (numbers.some((number, index) => number !== index + 1)) wrong.push(`attempts are numbered ${numbers.join()}`)
  }
  return wrong
}

/** One attempt after the other; where a second one was asked to run beside the first, each still has one beginning and one end. */
function isInOrder(events: readonly AuditEvent[]): boolean {
  const spelled = events.map(letterOf).join('')
  if (!spelled.includes('H')) return /^AD(?:S|W|B(?:C?FI?|C?O))*E$/.test(spelled)
  const count = (letters: RegExp): number => spelled.match(letters)?.length ?? 0
  return /^AD[SWBHCFIO]*E$/.test(spelled) && count(/B/g) === count(/[FO]/g) && count(/O/g) <= 1
}

/** The records of each request; circuits also change by themselves. */
function byRequest(records: readonly AuditRecord[]): readonly (readonly AuditRecord[])[] {
  const found = new Map<string, AuditRecord[]>()
  for (const record of records) {
    if (record.requestId === undefined) continue
    const own = found.get(record.requestId) ?? []
    found.set(record.requestId, own)
    own.push(record)
  }
  return [...found.values()]
}

/** One letter for each kind of event; what is nothing of these is a question mark. */
function letterOf(event: AuditEvent): string {
  if (ends.has(event.type)) return 'E'
  return letters[event.type] ?? '?'
}

const letters: Readonly<Partial<Record<AuditEvent['type'], string>>> = {
  'request.accepted': 'A',
  'decision.made': 'D',
  'target.skipped': 'S',
  'route.switched': 'W',
  'route.hedged': 'H',
  'attempt.started': 'B',
  'attempt.failed': 'F',
  'attempt.succeeded': 'O',
  'stream.committed': 'C',
  'stream.interrupted': 'I',
}

function ofBreakers({ failures }: RunPlan, { records, client, clock }: World, done: readonly Done[]): readonly string[] {
  const model = new BreakerModel({ failures, cooldownMs, leaseMs: clocks.totalMs })
  const rests = new Map(done.map((one) => [agentOf(one.plan.number), one.rested]))
  for (const record of records) {
    const [from, to] = rests.get(record.agent ?? '') ?? [Infinity, Infinity]
    const at = clock.now() - (clock.wall() - Date.parse(record.at))
    model.take(record, Math.floor(from) <= at && at <= to)
  }
  for (const snapshot of client?.breakers.list() ?? []) model.compare(snapshot)
  return model.wrong
}

/** The ledger has a row for every attempt. */
function ofBooks({ records, client }: World): readonly string[] {
  const started = records.filter(({ event }) => event.type === 'attempt.started').length
  const booked = client?.ledger.totals()[0]?.calls ?? 0
  return started === booked ? [] : [`${started} attempts, and ${booked} in the ledger`]
}

import type { RequestNeeds } from '../contracts/audit.ts'
import type { Tier } from '../contracts/catalog.ts'
import type { Complexity } from '../contracts/policy.ts'
import { ModelyardError } from '../errors.ts'
import { attemptIn, attemptOf, outcomeIn } from './attempts.ts'
import { fieldsOf, numberIn, textIn, textsIn, tierIn } from './fields.ts'
import type { Fields } from './fields.ts'
import type { RecordedAttempt, RecordedRequest, Unreadable } from './recorded.ts'

/** What `replay()` takes: audit records or ledger entries, as objects or as lines of JSON; a text is JSONL. */
export type ReplayRecords = string | Iterable<unknown> | AsyncIterable<unknown>

/** What was read, in the order in which the requests began. */
export interface ReadRecords {
  readonly requests: readonly RecordedRequest[]
  readonly unreadable: readonly Unreadable[]
}

/** Puts records together into requests. What cannot be read is named, and nothing else is left out but records of no request. */
export async function readRecords(records: ReplayRecords): Promise<ReadRecords> {
  const drafts = new Map<string, Draft>()
  const unreadable: Unreadable[] = []
  let index = -1
  for await (const given of checked(records)) {
    index += 1
    if (typeof given === 'string' && given.trim() === '') continue
    try {
      const fields = recordOf(given)
      const requestId = fields['requestId']
      // A breaker that was switched by hand, dropped records: of no request.
      if (requestId === undefined && 'event' in fields) continue
      const id = textIn(fields, 'requestId')
      const draft = drafts.get(id) ?? new Draft(id, index)
      drafts.set(id, draft)
      draft.take(fields)
    } catch (error) {
      unreadable.push({ index, problem: error instanceof Error ? error.message : 'cannot be read' })
    }
  }
  const requests: RecordedRequest[] = []
  for (const draft of drafts.values()) {
    const request = draft.request()
    if (request === undefined)
      unreadable.push({
        index: draft.index,
        requestId: draft.requestId,
        problem: 'the beginning of the request is not among the records',
      })
    else requests.push(request)
  }
  return { requests, unreadable: unreadable.toSorted((one, other) => one.index - other.index) }
}

/** @throws ModelyardError `BAD_OPTION` for what holds no records. */
function checked(records: ReplayRecords): Exclude<ReplayRecords, string> {
  if (typeof records === 'string') return records.split('\n')
  const given: unknown = records
  if (typeof given === 'object' && given !== null && (Symbol.iterator in given || Symbol.asyncIterator in given)) return records
  throw new ModelyardError('BAD_OPTION', 'replay(): records must be an array of them, their lines, or the text of a JSONL file', {
    field: 'records',
  })
}

function recordOf(given: unknown): Fields {
  return fieldsOf(typeof given === 'string' ? parsed(given) : given, 'the record')
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    // The parser's own words quote the line.
    throw new TypeError('is no JSON')
  }
}

type Begun = Pick<RecordedRequest, 'at' | 'requested' | 'stream' | 'apart' | 'agent'>

/** A request in the making. */
class Draft {
  readonly requestId: string
  readonly index: number
  readonly #attempts: RecordedAttempt[] = []
  readonly #skipped: string[] = []
  readonly #detours = new Set<string>()
  #begun: Begun | undefined
  #decided: Pick<RecordedRequest, 'chain' | 'tier' | 'complexity' | 'needs'> = {}
  #servedBy: string | undefined

  constructor(requestId: string, index: number) {
    this.requestId = requestId
    this.index = index
  }

  request(): RecordedRequest | undefined {
    if (this.#begun === undefined) return undefined
    const servedBy = this.#servedBy
    return {
      requestId: this.requestId,
      ...this.#begun,
      ...this.#decided,
      attempts: this.#attempts,
      skipped: this.#skipped,
      detours: [...this.#detours],
      ...(servedBy !== undefined && { servedBy }),
    }
  }

  take(record: Fields): void {
    if ('event' in record) this.#takeEvent(record, fieldsOf(record['event'], 'event'))
    else this.#takeEntry(record)
  }

  #takeEvent(record: Fields, event: Fields): void {
    switch (textIn(event, 'type')) {
      case 'request.accepted':
        this.#begun = begunBy(record, event)
        return
      case 'decision.made':
        this.#decided = decidedBy(event)
        return
      case 'target.skipped':
        this.#skipped.push(textIn(event, 'target'))
        return
      case 'attempt.succeeded':
      case 'attempt.failed':
        this.#attempts.push(attemptIn(event))
        return
      case 'route.hedged':
        this.#detours.add('hedged')
        return
      case 'route.escalated':
        this.#detours.add('escalated')
        return
      case 'request.completed':
        this.#servedBy = textIn(event, 'target')
        return
      default:
        // The others say nothing that a decision goes by.
        return
    }
  }

  /** A ledger has attempts only: of the call it has the tier, the agent or the target that was asked first. */
  #takeEntry(entry: Fields): void {
    const target = `${textIn(entry, 'provider')}/${textIn(entry, 'model')}`
    const tier = tierIn(entry, 'tier')
    this.#begun ??= begunByEntry(entry, target, tier)
    if (tier !== undefined) this.#decided = { tier, complexity: { tier, score: 0.5, confidence: 1, signals: [] } }
    const detour = detours.get(textIn(entry, 'role'))
    if (detour !== undefined) this.#detours.add(detour)
    const attempt = attemptOf(target, outcomeIn(entry), entry)
    this.#attempts.push(attempt)
    if (attempt.outcome === 'success' && entry['served'] !== false) this.#servedBy = target
  }
}

/** By the role of an attempt. */
const detours: ReadonlyMap<string, string> = new Map([
  ['hedge', 'hedged'],
  ['escalation', 'escalated'],
])

function begunByEntry(entry: Fields, target: string, tier: Tier | undefined): Begun {
  const role = textIn(entry, 'role')
  const agent = entry['agent'] === undefined ? undefined : textIn(entry, 'agent')
  const first = tier === undefined ? target : `tier:${tier}`
  return {
    at: numberIn(entry, 'at'),
    requested: agent === undefined ? first : 'auto',
    stream: false,
    ...(agent !== undefined && { agent }),
    ...((role === 'shadow' || role === 'compare' || role === 'probe') && { apart: `was a call of the router's own (${role})` }),
  }
}

function begunBy(record: Fields, event: Fields): Begun {
  const at = Date.parse(textIn(record, 'at'))
  if (Number.isNaN(at)) throw new TypeError('at is no time')
  const operation = textIn(event, 'operation')
  const aside = event['aside'] === undefined ? undefined : textIn(event, 'aside')
  return {
    at,
    requested: textIn(event, 'model'),
    stream: event['stream'] === true,
    ...(record['agent'] !== undefined && { agent: textIn(record, 'agent') }),
    ...(operation !== 'chat' && { apart: `was no chat call (${operation})` }),
    ...(aside !== undefined && { apart: `was a call of the router's own (${aside})` }),
  }
}

function decidedBy(event: Fields): Pick<RecordedRequest, 'chain' | 'tier' | 'complexity' | 'needs'> {
  const tier = tierIn(event, 'tier')
  const complexity = complexityIn(event, tier)
  const needs = event['needs'] === undefined ? undefined : needsIn(fieldsOf(event['needs'], 'needs'))
  return {
    chain: textsIn(event, 'chain'),
    ...(tier !== undefined && { tier }),
    ...(complexity !== undefined && { complexity }),
    ...(needs !== undefined && { needs }),
  }
}

/** Older records have the tier that was served and how sure the classifier was, and no more. */
function complexityIn(event: Fields, served: Tier | undefined): Complexity | undefined {
  const tier = tierIn(event, 'complexity') ?? served
  if (event['confidence'] === undefined || tier === undefined) return undefined
  const score = event['score'] === undefined ? 0.5 : numberIn(event, 'score')
  return { tier, score, confidence: numberIn(event, 'confidence'), signals: [] }
}

function needsIn(needs: Fields): RequestNeeds {
  const { format } = needs
  return {
    ...(needs['parts'] !== undefined && { parts: textsIn(needs, 'parts') }),
    ...(needs['tools'] === true && { tools: true }),
    ...((format === 'json_object' || format === 'json_schema') && { format }),
    ...(needs['maxOutputTokens'] !== undefined && { maxOutputTokens: numberIn(needs, 'maxOutputTokens') }),
    ...(needs['fields'] !== undefined && { fields: textsIn(needs, 'fields') }),
  }
}

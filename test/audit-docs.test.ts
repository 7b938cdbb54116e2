import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { AuditEvent, AuditRecord, SkipReason } from '../src/contracts/audit.ts'

type Type = AuditEvent['type']
/** The member of the union that has this type, also where one member has several types. */
type EventOf<Name extends Type> = AuditEvent extends infer Event
  ? Event extends { readonly type: infer Names }
    ? Name extends Names
      ? Omit<Event, 'type'>
      : never
    : never
  : never
type Presence<Shape, Field extends keyof Shape> = Partial<Pick<Shape, Field>> extends Pick<Shape, Field> ? 'optional' : 'required'
type Fields<Shape> = { readonly [Field in keyof Shape]-?: Presence<Shape, Field> }

const required = 'required'
const optional = 'optional'
const breaker = { target: required, from: required, reason: required } as const
const costs = { usage: required, usageSource: required, costUsd: required, priceSnapshot: required } as const

// The type checker holds this list to the union, both ways: a type or a field too many or too few does not compile.
const events = {
  'request.accepted': { model: required, stream: required, operation: required, aside: optional },
  'decision.made': {
    chain: required,
    rejected: required,
    warnings: required,
    tier: optional,
    complexity: optional,
    score: optional,
    confidence: optional,
    needs: optional,
  },
  'target.skipped': { target: required, reason: required, retryInMs: optional },
  'request.queued': { target: required },
  'key.used': { target: required, key: required, fingerprint: required },
  'key.rested': {
    target: required,
    key: required,
    fingerprint: required,
    reason: required,
    forMs: required,
    severity: required,
  },
  'key.restored': { target: required, key: required, fingerprint: required },
  'attempt.started': { attempt: required, target: required, probe: required },
  'attempt.succeeded': {
    attempt: required,
    target: required,
    durationMs: required,
    servedModel: required,
    ...costs,
    firstTokenMs: optional,
    vendorRequestId: optional,
  },
  'attempt.failed': {
    attempt: required,
    target: required,
    durationMs: required,
    kind: required,
    status: optional,
    code: optional,
    severity: required,
    ...costs,
    vendorRequestId: optional,
  },
  'route.switched': { from: required, to: required, reason: required },
  'route.hedged': { from: required, to: required, afterMs: required },
  'route.escalated': { from: required, to: required, reason: required },
  'budget.reserved': {
    attempt: required,
    target: required,
    budgets: required,
    tokens: required,
    costUsd: required,
    maxTokens: required,
    maxCostUsd: required,
  },
  'budget.settled': { attempt: required, target: required, budgets: required, tokens: required, costUsd: required },
  'budget.exceeded': {
    target: required,
    budget: required,
    unit: required,
    window: required,
    limit: required,
    spent: required,
    reserved: required,
    needed: required,
    resetsAt: required,
  },
  'stream.committed': { attempt: required, target: required, firstTokenMs: required },
  'stream.interrupted': { attempt: required, target: required, kind: required },
  'breaker.opened': breaker,
  'breaker.half_opened': breaker,
  'breaker.closed': breaker,
  'request.completed': { target: required, attempts: required, durationMs: required, usage: required, costUsd: required },
  'request.failed': { attempts: required, durationMs: required, kind: required, status: optional, code: optional },
  'request.cancelled': { attempts: required, durationMs: required },
  'store.lost': { store: required, code: optional },
  'store.regained': { store: required, awayMs: required },
  'request.content': {},
  'answer.content': {},
  'sink.dropped': { count: required },
  'service_key.created': { expiresAt: required },
  'service_key.revoked': {},
  'service_key.refused': { reason: required },
  'chain.started': { headEvery: required, after: optional },
  'chain.head': { headEvery: required },
  'chain.gap': { from: required, to: required },
  'chain.pruned': { upTo: required },
} as const satisfies { readonly [Name in Type]: Fields<EventOf<Name>> }

const recordFields = {
  v: required,
  id: required,
  at: required,
  seq: required,
  requestId: optional,
  agent: optional,
  tenant: optional,
  serviceKey: optional,
  event: required,
  personal: optional,
  chain: optional,
} as const satisfies Fields<AuditRecord>

const skipReasons = {
  breaker_open: true,
  retry_after: true,
  missing_key: true,
  missing_sdk: true,
  key_store_failed: true,
  key_resting: true,
  context_window: true,
  busy: true,
  budget: true,
  price_cap: true,
  rate_limited: true,
} as const satisfies Record<SkipReason, true>

const documented = await readFile(new URL('../docs/audit-events.md', import.meta.url), 'utf8')

/** The sections of the document by their headings. */
function sections(): Map<string, string> {
  return new Map(
    documented
      .split(/^## /m)
      .slice(1)
      .map((section) => {
        const end = section.indexOf('\n')
        return [section.slice(0, end), section.slice(end)] as const
      }),
  )
}

/** The fields of a section's table, as `name` or `name?`, in order. */
function fieldsOf(section: string): string[] {
  return Array.from(section.matchAll(/^\| `(\w+\??)` \|/gm), ([, field = '']) => field)
}

function expected(fields: Readonly<Record<string, 'required' | 'optional'>>): string[] {
  return Object.entries(fields).map(([field, presence]) => (presence === 'optional' ? `${field}?` : field))
}

function documentedEvents(): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const [heading, section] of sections()) {
    for (const [, type = ''] of heading.matchAll(/`([a-z_]+\.[a-z_]+)`/g)) found.set(type, fieldsOf(section))
  }
  return found
}

describe('docs/audit-events.md', () => {
  it('has every event once, and no other', () => {
    expect([...documentedEvents().keys()].toSorted()).toEqual(Object.keys(events).toSorted())
    for (const type of Object.keys(events)) expect(documented.match(new RegExp(`^## .*\`${type}\``, 'gm'))).toHaveLength(1)
  })

  it.each(Object.entries(events))('has every field of %s, and says which are optional', (type, fields) => {
    expect(documentedEvents().get(type)?.toSorted()).toEqual(expected(fields).toSorted())
  })

  it('says of every event what it is', () => {
    for (const section of sections().values()) expect(section.trim()).toMatch(/^[A-Z|]/)
    expect(documented).not.toMatch(/^\| `\w+\??` \| *\|$/m)
  })

  it('has every field of a record', () => {
    expect(fieldsOf(sections().get('The record') ?? '')).toEqual(expected(recordFields))
  })

  it('has every reason for which a target is skipped', () => {
    const reasons = Object.keys(skipReasons)
    for (const reason of reasons) expect(sections().get('`target.skipped`')).toContain(`\`${reason}\``)
  })
})

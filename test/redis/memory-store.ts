import type { BreakerState, BreakerStore, StoreAnswer, StoreCommand, StoreNews } from '../../src/contracts/breaker.ts'
import type { FakeClock } from '../../src/testing/index.ts'

interface Row {
  state: BreakerState['name']
  epoch: number
  failures: number
  openUntil: number
  tester: string
  leaseUntil: number
}

type Listener = Parameters<BreakerStore['subscribe']>[0]

/** What several processes share, without a network: a second telling of what the script does in Redis, on a clock that tests move. */
export class MemoryServer {
  readonly #clock: FakeClock
  readonly #rows = new Map<string, Row>()
  readonly #listeners = new Map<string, Listener>()
  /** Every command of every process, in order. */
  readonly sent: (StoreCommand & { readonly by: string })[] = []
  /** What it does with commands: answers, refuses them, or keeps silent. */
  mode: 'answers' | 'fails' | 'silent' = 'answers'

  constructor(clock: FakeClock) {
    this.#clock = clock
  }

  /** Loses everything that it knew. */
  forget(): void {
    this.#rows.clear()
  }

  /** The connection of one process. */
  store(self: string, { leaseMs = 5000, patienceMs = 50 } = {}): BreakerStore {
    return {
      leaseMs,
      patienceMs,
      subscribe: async (listener) => {
        await this.#reached()
        this.#listeners.set(self, listener)
      },
      send: async (target, command) => {
        this.sent.push({ ...command, by: self })
        await this.#reached()
        return this.#carryOut(self, target, command)
      },
      want: async (target) => {
        await this.#reached()
        this.#tell(self, target, 'wanted')
      },
      ping: () => this.#reached(),
      close: async () => void this.#listeners.delete(self),
    }
  }

  async #reached(): Promise<void> {
    if (this.mode === 'fails') throw new Error('connection refused')
    if (this.mode === 'silent') await new Promise(() => undefined)
  }

  #row(target: string): Row {
    const known = this.#rows.get(target)
    if (known !== undefined) return known
    const row: Row = { state: 'closed', epoch: 0, failures: 0, openUntil: 0, tester: '', leaseUntil: 0 }
    this.#rows.set(target, row)
    return row
  }

  #holdMs({ state, openUntil, tester, leaseUntil }: Row): number {
    if (state === 'open') return Math.max(0, openUntil - this.#clock.now())
    return state === 'half_open' && tester !== '' ? Math.max(0, leaseUntil - this.#clock.now()) : 0
  }

  #tell(self: string, target: string, reason: StoreNews['reason']): void {
    const row = this.#row(target)
    const { state, epoch, failures } = row
    for (const [name, { news }] of this.#listeners)
      if (name !== self) news({ target, reason, state, epoch, failures, holdMs: this.#holdMs(row) })
  }

  #carryOut(self: string, target: string, command: StoreCommand): StoreAnswer {
    const row = this.#row(target)
    const isTester = row.state === 'half_open' && row.tester === self
    const change = { row, isTester, now: this.#clock.now() }
    const reason = command.type === 'lease' ? leased(self, change, command.leaseMs) : changed(change, command)
    if (reason !== undefined) this.#tell(self, target, reason)
    const { state, epoch, failures } = row
    return { state, epoch, failures, holdMs: this.#holdMs(row), isTester: state === 'half_open' && row.tester === self }
  }
}

interface Change {
  readonly row: Row
  readonly isTester: boolean
  readonly now: number
}

type Told = StoreNews['reason'] | undefined

function move(row: Row, to: Row['state'], openUntil = 0): void {
  Object.assign(row, { state: to, epoch: row.epoch + 1, failures: 0, tester: '', openUntil })
}

function leased(self: string, { row, isTester, now }: Change, leaseMs: number): Told {
  const isFree = row.state === 'half_open' && (row.tester === '' || isTester || now >= row.leaseUntil)
  const isDue = row.state === 'open' && now >= row.openUntil
  if (!isFree && !isDue) return undefined
  if (isDue) move(row, 'half_open')
  Object.assign(row, { tester: self, leaseUntil: now + leaseMs })
  return isTester ? undefined : 'cooldown'
}

/** An open circuit is never opened for shorter. */
function tripped({ row, now }: Change, { holdMs, reason }: Extract<StoreCommand, { type: 'trip' }>): Told {
  if (row.state === 'open' && now + holdMs <= row.openUntil) return undefined
  if (row.state === 'open') Object.assign(row, { openUntil: now + holdMs })
  else move(row, 'open', now + holdMs)
  return reason
}

function changed(change: Change, command: Exclude<StoreCommand, { type: 'lease' }>): Told {
  const { row, isTester } = change
  switch (command.type) {
    case 'failure':
      return failed(change, command)
    case 'success':
      return succeeded(change)
    case 'neutral':
    case 'release':
      if (isTester) Object.assign(row, { tester: '' })
      return isTester ? 'released' : undefined
    case 'trip':
      return tripped(change, command)
    case 'reset':
      if (row.state === 'closed' && row.failures === 0) return undefined
      move(row, 'closed')
      return 'reset'
    default:
      return undefined
  }
}

function failed({ row, isTester, now }: Change, command: StoreCommand & { readonly type: 'failure' }): Told {
  if (isTester) {
    move(row, 'open', now + command.cooldownMs)
    return 'probe_failed'
  }
  if (row.state !== 'closed' || command.epoch < row.epoch) return undefined
  Object.assign(row, { failures: row.failures + 1 })
  if (row.failures < command.failures) return 'count'
  move(row, 'open', now + command.cooldownMs)
  return 'failures'
}

function succeeded({ row, isTester }: Change): Told {
  if (isTester) {
    move(row, 'closed')
    return 'probe_succeeded'
  }
  if (row.state !== 'closed' || row.failures === 0) return undefined
  Object.assign(row, { failures: 0 })
  return 'count'
}

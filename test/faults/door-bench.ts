import { createRouter, memoryAudit, memoryKeys, tee } from '../../src/index.ts'
import type { AuditRecord, AuditSink, ProviderAdapter, RouterOptions } from '../../src/index.ts'
import { fakeClock, fakeProvider, stream, vendorSimulator } from '../../src/testing/index.ts'
import type { Door } from '../every-vendor.ts'
import { spoken, wireOf } from './bench.ts'
import type { Bench, Parties } from './bench.ts'

/** A bench for one door, to be used for one strike after the other. */
export interface DoorBench extends Bench {
  readonly parties: Parties
  /** The door's own. */
  readonly adapter: ProviderAdapter
  /** As if nothing had happened yet. */
  renew(): void
}

const clocks = { attemptMs: 1000, firstTokenMs: 1000, idleMs: 1000, totalMs: 5000 }
const sound = 'sound'

interface DoorBenchOptions {
  readonly limits?: Partial<typeof clocks>
  /** The key that the door's adapter gets. */
  readonly key?: string
  /** Where audit records go besides. They see those of every strike. */
  readonly sinks?: readonly AuditSink[]
  readonly options?: Pick<RouterOptions, 'telemetry' | 'logger'>
}

/** One router over a door, with somebody sound behind it. */
export async function openDoorBench(
  door: Door,
  { limits, key = 'a-key-for-the-coverage-table', sinks = [], options }: DoorBenchOptions = {},
): Promise<DoorBench> {
  const clock = fakeClock()
  const simulator = await vendorSimulator()
  const primary = door.create(simulator.door(door.vendor))
  const fallback = fakeProvider({ id: sound, models: ['model'], script: stream([...spoken(sound)]), clock })
  const parties: Parties = {
    agent: 'struck',
    vendor: door.vendor,
    target: `${primary.id}/${door.model}`,
    next: { vendor: sound, target: `${sound}/model` },
  }
  const audit = memoryAudit()
  const client = createRouter({
    providers: [primary, fallback],
    keys: memoryKeys({ [String(primary.key)]: key }),
    agents: { struck: { primary: parties.target, fallback: [parties.next.target] } },
    clocks: { ...clocks, ...limits },
    clock,
    audit: tee(audit, ...sinks),
    ...options,
  })
  let before = 0
  const renew = (): void => {
    simulator.reset()
    simulator.answer(door.vendor, { deltas: spoken(door.vendor) })
    client.breakers.reset(parties.target)
    audit.clear()
    before = fallback.calls.length
  }
  renew()
  return {
    simulator,
    client,
    clock,
    audit,
    parties,
    adapter: primary,
    renew,
    async events() {
      await client.flush()
      return audit.records.map(({ event }: AuditRecord) => event).filter(({ type }) => !type.startsWith('breaker.'))
    },
    wire() {
      const calls = fallback.calls.length - before
      return { ...wireOf(simulator), ...(calls > 0 && { [sound]: calls }) }
    },
    async [Symbol.asyncDispose]() {
      await client.close()
      await simulator.close()
    },
  }
}

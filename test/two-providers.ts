import { createRouter, memoryAudit } from '../src/index.ts'
import type { RouterOptions } from '../src/index.ts'
import type { FakeStep } from '../src/testing/index.ts'
import { fakeClock, fakeProvider } from '../src/testing/index.ts'

/** Two fake providers, an agent that goes to the first and then to the second, and a clock that stands still. */
export function two(
  primary: readonly FakeStep[] | FakeStep,
  fallback: readonly FakeStep[] | FakeStep,
  options: Partial<RouterOptions> = {},
) {
  const clock = fakeClock()
  const audit = memoryAudit()
  const first = fakeProvider({ id: 'first', models: ['model-a'], script: primary, clock })
  const second = fakeProvider({ id: 'second', models: ['model-b'], script: fallback, clock })
  const client = createRouter({
    providers: [first, second],
    agents: { support: { primary: 'first/model-a', fallback: ['second/model-b'] } },
    clock,
    audit,
    ...options,
  })
  return { client, agent: client.agent('support'), first, second, clock, audit }
}

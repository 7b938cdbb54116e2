import type { ChatRequest, CompareOptions, Comparison, ModelCard, RouterOptions } from '../../src/index.ts'
import { createRouter, memoryAudit } from '../../src/index.ts'
import type { FakeScriptStep } from '../../src/testing/index.ts'
import { answer, fakeClock, fakeProvider } from '../../src/testing/index.ts'

/** One dollar for a million tokens of prompt, ten for a million of answer; `null`: no price. */
export function card(
  provider: string,
  prices: { readonly input: number; readonly output: number } | null = { input: 1, output: 10 },
): ModelCard {
  const known = prices === null ? null : { ...prices, source: 'test', asOf: '2026-01-01' }
  return { provider, id: 'm', tier: 'standard', input: ['text'], features: ['streaming', 'tools'], maxOutput: 1000, prices: known }
}

export const usage = (prompt: number, output: number) => ({
  prompt_tokens: prompt,
  completion_tokens: output,
  total_tokens: prompt + output,
})

/** What costs a cent: 1,000 tokens of prompt and 900 of answer, 10,000,000,000 pico-dollars. */
export const aCent = usage(1000, 900)

interface Bench {
  readonly a?: FakeScriptStep | readonly FakeScriptStep[]
  readonly b?: FakeScriptStep | readonly FakeScriptStep[]
  readonly judge?: FakeScriptStep | readonly FakeScriptStep[]
}

/** Two providers and a judge on a clock that stands still until `compare` moves it. */
export function bench(
  scripts: Bench = {},
  options: Partial<RouterOptions> & { readonly cards?: Readonly<Record<string, ModelCard>> } = {},
) {
  const clock = fakeClock()
  const audit = memoryAudit()
  const { cards = {}, ...rest } = options
  const make = (id: 'a' | 'b' | 'judge') =>
    fakeProvider({ id, models: [cards[id] ?? card(id)], script: scripts[id] ?? answer(`from ${id}`, { usage: aCent }), clock })
  const [a, b, judge] = [make('a'), make('b'), make('judge')]
  const client = createRouter({ providers: [a, b, judge], clock, audit, ...rest })
  /** Runs to its end, however far the clock must go. */
  const compare = async (wanted: Partial<CompareOptions> = {}): Promise<Comparison> => {
    const run = { isOver: false }
    const running = client.compare({ prompts: ['one', 'two'], targets: ['a/m', 'b/m'], ...wanted }).finally(() => {
      run.isOver = true
    })
    running.catch(() => undefined)
    while (!run.isOver) await clock.advanceAsync(1000)
    return running
  }
  return { client, clock, audit, a, b, judge, compare }
}

/** The text of one message of a request; by default the last one. */
export function said({ messages }: ChatRequest, at = -1): string {
  const content = messages.at(at)?.content
  return typeof content === 'string' ? content : ''
}

import { describe, expect, it } from 'vitest'
import type { ModelCard, RouterOptions, ShadowOptions, ShadowResult } from '../src/index.ts'
import { createRouter, memoryAudit } from '../src/index.ts'
import type { FakeScriptStep } from '../src/testing/index.ts'
import { answer, fail, fakeClock, fakeProvider, stall, stream } from '../src/testing/index.ts'
import { aCent, card, said, usage } from './compare/bench.ts'

const messages = [{ role: 'user' as const, content: 'hello' }]

interface Scripts {
  readonly live?: FakeScriptStep
  readonly next?: FakeScriptStep
  readonly other?: FakeScriptStep
}

/** A live provider and two candidates; `next` gets every request in the background. */
function shadowed(
  scripts: Scripts = {},
  {
    shadow,
    cards = {},
    ...options
  }: Partial<Omit<RouterOptions, 'shadow'>> & {
    readonly shadow?: Partial<ShadowOptions>
    readonly cards?: Readonly<Record<string, ModelCard>>
  } = {},
) {
  const clock = fakeClock()
  const audit = memoryAudit()
  const make = (id: 'live' | 'next' | 'other') =>
    fakeProvider({ id, models: [cards[id] ?? card(id)], script: scripts[id] ?? answer(`from ${id}`, { usage: aCent }), clock })
  const [live, next, other] = [make('live'), make('next'), make('other')]
  const results: ShadowResult[] = []
  const client = createRouter({
    providers: [live, next, other],
    clock,
    audit,
    maxRetries: 0,
    shadow: { share: 1, targets: ['next/m'], maxUsdPerDay: 100, onResult: (result) => results.push(result), ...shadow },
    ...options,
  })
  const ask = (text = 'hello', from = client) =>
    from.chat.completions.create({ model: 'live/m', messages: [{ role: 'user', content: text }] })
  const report = async (from = client) => {
    const panel = from.shadow ?? expect.fail('no shadow')
    const run = { isIdle: false }
    void panel.idle().then(() => (run.isIdle = true))
    for (let step = 0; step < 200; step++) {
      await clock.advanceAsync(100)
      if (run.isIdle) break
    }
    return (await panel.report()).report
  }
  const leftOut = async () => (await report()).flagged.flatMap(({ code, message }) => (code === 'left_out' ? [message] : []))
  return { client, clock, audit, live, next, other, ask, report, leftOut, results }
}

/** Which of 200 requests are mirrored. */
const mirrored = async (seed: number) => {
  const { ask, report, next } = shadowed({}, { shadow: { share: 0.3, seed } })
  for (let call = 0; call < 200; call++) await ask(`${call}`)
  await report()
  return next.calls.map(({ request }) => said(request))
}

describe('shadow traffic', () => {
  it('is asked what was asked, when the caller has its answer, in the same way', async () => {
    const order: string[] = []
    const noted =
      (id: string): FakeScriptStep =>
      () => {
        order.push(id)
        return answer(`from ${id}`, { usage: aCent })
      }
    const { ask, client, next, report } = shadowed({ live: noted('live'), next: noted('next') })
    const completion = await ask()
    order.push('answered')
    expect(completion.choices[0]?.message.content).toBe('from live')
    await report()
    expect(order).toEqual(['live', 'answered', 'next'])
    expect(next.calls[0]).toMatchObject({ model: 'm', streamed: false, request: { messages } })

    const chunks = await client.chat.completions.create({ model: 'live/m', messages, temperature: 0.5, stream: true })
    for await (const { choices } of chunks) expect([choices.length > 0, next.calls.length]).toEqual([true, 1])
    await report()
    expect(next.calls[1]).toMatchObject({ streamed: true, request: { temperature: 0.5 } })
  })

  it('never delays the caller, and changes nothing for it: neither answer nor ledger nor circuits nor budgets', async () => {
    const { ask, client, report, live, audit } = shadowed(
      { next: fail({ status: 500 }) },
      { breaker: { failures: 1 }, budget: { usd: { perDay: 0.05 } } },
    )
    for (let call = 0; call < 3; call++) expect((await ask()).choices[0]?.message.content).toBe('from live')
    await report()
    expect(live.calls).toHaveLength(3)
    expect(client.breakers.snapshot('next/m').state).toBe('closed')
    expect(client.ledger.totals({ by: ['role'], where: { role: 'first' } })).toMatchObject([{ calls: 3, spentUsd: 0.03 }])
    expect(client.ledger.totals({ where: { role: 'shadow' } })).toMatchObject([{ calls: 3, failures: 3 }])
    const requests = new Set(
      audit.records.flatMap(({ event, requestId }) =>
        event.type === 'request.accepted' && event.aside === 'shadow' ? [requestId] : [],
      ),
    )
    expect(requests.size).toBe(3)
    const callers = audit.records.filter(({ requestId }) => !requests.has(requestId))
    expect(JSON.stringify(callers)).not.toContain('next/m')
  })

  it('is compared in pairs: latency, cost, agreement, and validators by McNemar’s test', async () => {
    const { ask, clock, report } = shadowed(
      {
        live: ({ request }) => stream([said(request) === 'both' ? 'good' : 'bad'], { delayMs: 300, usage: aCent }),
        next: stream(['good'], { delayMs: 100, usage: usage(1000, 400) }),
      },
      { shadow: { validators: { good: /good/ } } },
    )
    for (const text of ['both', 'next only', 'next only', 'next only', 'next only', 'next only']) {
      const asked = ask(text)
      await clock.advanceAsync(1000)
      await asked
      await report()
    }
    const found = await report()
    expect(found).toMatchObject({
      kind: 'shadow',
      targets: [
        { target: 'live', servedModels: ['m'], calls: 6, validators: [{ passed: 1 }] },
        { target: 'next/m', calls: 6, validators: [{ passed: 6 }] },
      ],
      calls: { planned: 6, made: 6, missing: 0 },
      spend: { total: { usd: 0.03 }, capUsd: 100 },
      flagged: [],
    })
    expect(found.pairs).toMatchObject([
      {
        first: 'live',
        second: 'next/m',
        n: 6,
        latencyMs: { value: -200, low: -200, high: -200 },
        costUsd: { value: -0.005 },
        validators: [{ bothPassed: 1, onlyFirst: 0, onlySecond: 5, neither: 0, pValue: 0.0625 }],
      },
    ])
    expect(found.pairs[0]?.agreement?.value).toBeCloseTo(1 / 6)
  })

  it('takes the share that is wanted, the same one for the same seed', async () => {
    const first = await mirrored(1)
    expect(first.length).toBeGreaterThan(40)
    expect(first.length).toBeLessThan(80)
    expect(await mirrored(1)).toEqual(first)
    expect(await mirrored(2)).not.toEqual(first)
  })

  it('leaves out what the filter refuses, in silence; a filter that throws says no, and is counted', async () => {
    const { ask, next, leftOut } = shadowed(
      {},
      {
        shadow: {
          filter: ({ messages: [message] }) => {
            if (message?.content === 'broken') throw new Error('no')
            return message?.content !== 'private'
          },
        },
      },
    )
    for (const text of ['open', 'private', 'broken']) await ask(text)
    expect(await leftOut()).toEqual(['1 shadow call was left out: the filter threw.'])
    expect(next.calls.map(({ request }) => said(request))).toEqual(['open'])
  })

  it('never spends more than its day has, exactly, and goes on the next day', async () => {
    // At its longest a call takes a cent and the price of its prompt.
    const { ask, clock, next, leftOut, report } = shadowed(
      { next: answer('x', { usage: aCent }) },
      { shadow: { maxUsdPerDay: 0.055, concurrency: 4 } },
    )
    for (let call = 0; call < 20; call++) await ask(`${call}`)
    expect((await report()).spend.total.usd).toBe(0.05)
    expect(next.calls).toHaveLength(5)
    expect(await leftOut()).toEqual([
      '15 shadow calls were left out: what they might have cost was more than was left of the day (maxUsdPerDay).',
    ])
    await clock.advanceAsync(86_400_000)
    for (let call = 0; call < 20; call++) await ask(`${call}`)
    await report()
    expect(next.calls).toHaveLength(10)
  })

  it('does not call a target without a known price', async () => {
    const { ask, next, leftOut } = shadowed({}, { cards: { next: card('next', null) } })
    await ask()
    expect(await leftOut()).toEqual(['1 shadow call was left out: the price of the target is not known.'])
    expect(next.calls).toHaveLength(0)
  })

  it('has a bounded queue and few calls at a time: what is beyond is dropped and counted', async () => {
    const { ask, clock, next, client } = shadowed({ next: stall() }, { shadow: { concurrency: 2, maxQueue: 3 } })
    for (let call = 0; call < 10; call++) await ask(`${call}`)
    await clock.advanceAsync(100)
    expect(next.calls).toHaveLength(2)
    const { report } = (await client.shadow?.report()) ?? expect.fail('no shadow')
    expect(report.flagged.find(({ code }) => code === 'left_out')?.message).toBe(
      '5 shadow calls were left out: too many requests waited already (maxQueue).',
    )
  })

  it('leaves a target alone that keeps failing', async () => {
    const { ask, next, report } = shadowed({ next: fail({ status: 503 }) })
    for (let call = 0; call < 8; call++) {
      await ask()
      await report()
    }
    expect(next.calls).toHaveLength(5)
    expect((await report()).flagged).toContainEqual(
      expect.objectContaining({ message: '3 shadow calls were left out: the target had failed too often in a row.' }),
    )
  })

  it('keeps no content unless it is asked to, and hands it to `onResult` only', async () => {
    const quiet = shadowed({ live: answer('the secret answer'), next: answer('another secret') })
    await quiet.ask('the secret prompt')
    expect(JSON.stringify(await quiet.report())).not.toContain('secret')
    expect(quiet.results).toMatchObject([
      { live: { answer: 'the secret answer' }, shadow: { answer: 'another secret', target: 'next/m' }, agreement: 0 },
    ])
    const open = shadowed({ live: answer('the secret answer') }, { shadow: { content: true } })
    await open.ask('the secret prompt')
    expect((await open.report()).prompts).toMatchObject([
      { text: 'the secret prompt', outcomes: [{ answers: ['the secret answer'] }, {}] },
    ])
  })

  it('is an agent’s own, or none of its, and does not ask the target that has served', async () => {
    const { client, next, other, report } = shadowed(
      {},
      {
        agents: {
          own: { primary: 'live/m', shadow: { share: 1, targets: ['other/m', 'live/m'], maxUsdPerDay: 1 } },
          none: { primary: 'live/m', shadow: false },
        },
      },
    )
    const ask = (from: typeof client, model: string) => from.chat.completions.create({ model, messages })
    await ask(client.agent('own'), 'auto')
    await ask(client, 'agent:own')
    await ask(client.agent('none'), 'auto')
    expect(client.agent('none').shadow).toBeUndefined()
    const own = await report(client.agent('own'))
    await report()
    expect([next.calls.length, other.calls.length]).toEqual([0, 2])
    expect(own.targets.map(({ target, calls }) => [target, calls])).toEqual([
      ['live', 2],
      ['other/m', 2],
      ['live/m', 0],
    ])
    expect(client.ledger.totals({ by: ['agent'], where: { role: 'shadow' } })).toMatchObject([{ agent: 'own', calls: 2 }])
  })

  it('mirrors nothing of calls that failed, and nothing of streams that were left', async () => {
    const { client, next, report } = shadowed({
      live: ({ number }) => (number === 1 ? fail({ status: 400 }) : stream(['a ', 'b ', 'c'], { chunkMs: 10 })),
    })
    await client.chat.completions.create({ model: 'live/m', messages }).catch(() => undefined)
    const running = client.chat.completions.create({ model: 'live/m', messages, stream: true })
    const [chunks] = await Promise.all([running, report()])
    const first = chunks[Symbol.asyncIterator]()
    await Promise.all([first.next(), report()])
    await first.return?.()
    await report()
    expect(next.calls).toHaveLength(0)
  })

  it('is finished by close(), which waits 5 s at most', async () => {
    const slow = shadowed({ next: answer('late', { delayMs: 3000, usage: aCent }) })
    await slow.ask()
    await slow.clock.advanceAsync(10)
    const closing = slow.client.close()
    await slow.clock.advanceAsync(3000)
    await closing
    expect(slow.results).toHaveLength(1)
    expect(slow.client.ledger.totals({ where: { role: 'shadow' } })).toMatchObject([{ calls: 1, spentUsd: 0.01 }])

    const stuck = shadowed({ next: stall() }, { shadow: { concurrency: 1 } })
    await stuck.ask()
    await stuck.ask()
    await stuck.clock.advanceAsync(10)
    const abandoned = stuck.client.close()
    await stuck.clock.advanceAsync(5000)
    await abandoned
    expect(stuck.next.calls.map(({ aborted }) => aborted)).toEqual([true])
    expect(await stuck.leftOut()).toEqual(['2 shadow calls were left out: the router was closed.'])
  })

  it.each([
    ['a share of nothing', { share: 0 }, /shadow\.share must be above 0/],
    ['a share above all', { share: 1.1 }, /shadow\.share must be at most 1/],
    ['no targets', { targets: [] }, /shadow\.targets must be a non-empty array/],
    ['a choice for a target', { targets: ['auto'] }, /shadow\.targets\[0\] "auto" stands for a choice/],
    ['a model that nobody serves', { targets: ['nobody/m'] }, /shadow\.targets: .*nobody/],
    ['a target twice', { targets: ['next/m', 'next/m'] }, /shadow\.targets\[1\] is next\/m, and so is/],
    ['a limit of nothing', { maxUsdPerDay: 0 }, /shadow\.maxUsdPerDay must be above 0/],
    ['a misspelt option', { share: 1, ...Object.fromEntries([['maxUsd', 1]]) }, /unknown option shadow\.maxUsd/],
  ])('refuses %s', (_what, wrong, message) => {
    expect(() => shadowed({}, { shadow: wrong })).toThrow(message)
  })
})

import type { RouteRecord, RouterClient, Tier } from 'modelyard'
import { routeOf } from 'modelyard'
import type { Progress } from './progress.ts'
import type { Prompt } from './prompt.ts'
import type { Outage } from './vendors.ts'

/** How one call went, as its caller saw it. */
export interface Call {
  readonly title: string
  readonly label: Tier | undefined
  readonly streamed: boolean
  readonly waitedMs: number
  /** Where it went; absent for a call that failed. */
  readonly route: RouteRecord | undefined
  /** Set for a call that failed. */
  readonly error: unknown
}

/** When a vendor was broken and healed again, in milliseconds since 1970. */
export interface OutageLog {
  beganAt: number | undefined
  endedAt: number | undefined
}

const concurrency = 3

/**
 * Makes all calls, three at a time, every second one streamed. The outage begins after a fifth of them has been answered
 * and ends after three fifths.
 */
export async function run(
  client: RouterClient,
  prompts: readonly Prompt[],
  { outage, progress }: { readonly outage: Outage | undefined; readonly progress: Progress },
): Promise<{ readonly calls: readonly Call[]; readonly outageLog: OutageLog }> {
  const calls: Call[] = []
  const outageLog: OutageLog = { beganAt: undefined, endedAt: undefined }
  const queue = prompts.entries()
  const work = async (): Promise<void> => {
    for (const [index, prompt] of queue) {
      calls[index] = await call(client, prompt, index % 2 === 1)
      progress.tick()
      breakOrHeal(outage, outageLog, { progress, total: prompts.length })
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  return { calls, outageLog }
}

function breakOrHeal(
  outage: Outage | undefined,
  log: OutageLog,
  { progress, total }: { readonly progress: Progress; readonly total: number },
): void {
  if (outage === undefined) return
  const { done } = progress
  const beginsAt = Math.max(1, Math.floor(total * 0.2))
  const endsAt = Math.max(beginsAt + 1, Math.floor(total * 0.6))
  // With the last call done there is nobody left to notice.
  if (done === beginsAt && done < total) {
    outage.begin()
    Object.assign(log, { beganAt: Date.now() } satisfies Partial<OutageLog>)
    progress.note(`${outage.vendor} goes down (simulated: ${outage.means})`, `${outage.vendor} is down`)
  } else if (done === endsAt && log.beganAt !== undefined) {
    outage.end()
    Object.assign(log, { endedAt: Date.now() } satisfies Partial<OutageLog>)
    progress.note(`${outage.vendor} is healthy again (simulated)`, '')
  }
}

async function call(client: RouterClient, { title, label, messages, model }: Prompt, streamed: boolean): Promise<Call> {
  const since = performance.now()
  const outcome = (rest: Pick<Call, 'route' | 'error'>): Call => ({
    title,
    label,
    streamed,
    waitedMs: performance.now() - since,
    ...rest,
  })
  try {
    const answer = streamed ? await read(client, { model, messages }) : await client.chat.completions.create({ model, messages })
    return outcome({ route: routeOf(answer), error: undefined })
  } catch (error) {
    return outcome({ route: undefined, error })
  }
}

/** Reads a streamed answer to its end. */
async function read(client: RouterClient, body: Pick<Prompt, 'model' | 'messages'>): Promise<object> {
  const stream = await client.chat.completions.create({ ...body, stream: true })
  let text = ''
  for await (const { choices } of stream) text += choices[0]?.delta.content ?? ''
  if (text === '') throw new Error('a stream without a word')
  return stream
}

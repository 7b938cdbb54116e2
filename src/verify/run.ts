import type { Aside, AsideResult } from '../aside.ts'
import { asideCaller } from '../aside.ts'
import type { DispatcherParts } from '../dispatch.ts'
import { ModelyardError } from '../errors.ts'
import { distinct } from './chains.ts'
import type { LiveOptions } from './live.ts'
import { probed } from './live.ts'
import type { VerifyParts } from './parts.ts'
import type { Verification } from './verification.ts'
import { verificationOf } from './verification.ts'
import { looked } from './verify.ts'

/** What `client.verify()` takes. */
export interface VerifyOptions {
  /** Asks every target of every chain for one token besides. Default false: no vendor is called. */
  readonly live?: boolean | LiveOptions
}

/** What a view of the client adds. */
export interface VerifyRun extends Pick<Aside, 'routing' | 'defaultHeaders'> {
  readonly parts: VerifyParts
  readonly dispatching: DispatcherParts
}

/**
 * Looks a configuration through, and asks its targets where that is wanted.
 *
 * @throws ModelyardError `BAD_OPTION` for an option that is none.
 */
export async function verify(
  options: VerifyOptions,
  { parts, dispatching, routing, defaultHeaders }: VerifyRun,
): Promise<Verification> {
  const live = liveOf(options)
  const { findings, chains, closed } = await looked(parts)
  if (live === undefined) return verificationOf(findings)
  const places = distinct(chains.flatMap((chain) => chain.places)).filter(({ target }) => !closed.has(target.provider))
  const call = asideCaller(dispatching, { role: 'probe' })
  const ask = (asked: Pick<Aside, 'target' | 'body' | 'signal' | 'timeout'>): Promise<AsideResult> =>
    call({ ...asked, routing, defaultHeaders })
  const found = await probed(places, live, { ask, forecast: dispatching.runtime.forecast })
  return verificationOf([...findings, ...found.findings], found.probes)
}

const liveNames: ReadonlySet<string> = new Set<keyof LiveOptions>(['maxUsd', 'concurrency', 'timeoutMs', 'signal'])

function liveOf(options: VerifyOptions): LiveOptions | undefined {
  const { live = false } = options
  const unknown = Object.keys(options).find((name) => name !== 'live')
  if (unknown !== undefined) throw bad(unknown, 'is no option; there is `live`')
  if (typeof live === 'boolean') return live ? {} : undefined
  const { maxUsd, concurrency, timeoutMs } = live
  const stray = Object.keys(live).find((name) => !liveNames.has(name))
  if (stray !== undefined) throw bad(`live.${stray}`, 'is no option; there are maxUsd, concurrency, timeoutMs and signal')
  if (maxUsd !== undefined && !(maxUsd > 0)) throw bad('live.maxUsd', 'must be above 0')
  for (const [name, value] of Object.entries({ concurrency, timeoutMs }))
    if (value !== undefined && !(Number.isInteger(value) && value > 0)) throw bad(`live.${name}`, 'must be a whole number above 0')
  return live
}

function bad(field: string, problem: string): ModelyardError {
  return new ModelyardError('BAD_OPTION', `verify(): ${field} ${problem}`, { field })
}

import type { AgentOptions, Clocks, RouterOptions } from '../options.ts'
import { defaultClocks } from '../options.ts'
import type { Finding } from './finding.ts'
import { finding } from './finding.ts'

/** Limits of which another one, that is shorter, leaves nothing; of those that somebody has written. */
export function* limits({ clocks = {}, agents = {}, targets = {}, hedge, timeout }: RouterOptions): Generator<Finding> {
  const totalMs = clocks.totalMs ?? defaultClocks.totalMs
  yield* within(clocks, { where: 'clocks', totalMs, totalName: 'clocks.totalMs' })
  for (const [name, agent] of Object.entries(agents)) yield* ofAgent(name, agent, { ...clocks, totalMs })
  for (const [target, { clocks: own = {} }] of Object.entries(targets))
    yield* within(own, { where: `targets.${target}.clocks`, totalMs, totalName: 'clocks.totalMs' })
  if (hedge !== undefined) yield* hedged(hedge.afterMs, 'hedge.afterMs', clocks)
  yield* callers(timeout, clocks)
}

function* callers(timeout: number | undefined, { attemptMs = Infinity }: Partial<Clocks>): Generator<Finding> {
  if (timeout !== undefined && attemptMs !== Infinity && timeout < attemptMs)
    yield withoutEffect('clocks.attemptMs', { ms: attemptMs, other: 'timeout', otherMs: timeout })
}

function* ofAgent(name: string, agent: AgentOptions, routers: Partial<Clocks> & Pick<Clocks, 'totalMs'>): Generator<Finding> {
  const { clocks: own = {}, hedge } = agent
  const where = `agents.${name}.clocks`
  yield* longer(own, routers, where)
  const isOwn = own.totalMs !== undefined && own.totalMs <= routers.totalMs
  const totalMs = isOwn ? (own.totalMs ?? routers.totalMs) : routers.totalMs
  yield* within(own, { where, totalMs, totalName: isOwn ? `${where}.totalMs` : 'clocks.totalMs' })
  if (hedge !== undefined && hedge !== false) yield* hedged(hedge.afterMs, `agents.${name}.hedge.afterMs`, { ...routers, ...own })
}

type Attempt = Partial<Omit<Clocks, 'totalMs'>>

function* within(
  clocks: Attempt,
  { where, totalMs, totalName }: { readonly where: string; readonly totalMs: number; readonly totalName: string },
): Generator<Finding> {
  for (const name of ['attemptMs', 'firstTokenMs', 'idleMs'] as const) {
    const ms = clocks[name]
    // Infinity switches a limit off, and that is meant.
    if (ms !== undefined && ms !== Infinity && ms > totalMs)
      yield withoutEffect(`${where}.${name}`, { ms, other: totalName, otherMs: totalMs })
  }
}

/** The shortest of all layers holds: an agent cannot have more time than the router gives. */
function* longer(own: Partial<Clocks>, clocks: Partial<Clocks>, where: string): Generator<Finding> {
  for (const name of ['attemptMs', 'firstTokenMs', 'idleMs', 'totalMs'] as const) {
    const [ms, otherMs] = [own[name], clocks[name]]
    if (ms !== undefined && otherMs !== undefined && ms > otherMs)
      yield withoutEffect(`${where}.${name}`, { ms, other: `clocks.${name}`, otherMs })
  }
}

function* hedged(afterMs: number | 'p95' | undefined, where: string, { attemptMs }: Partial<Clocks>): Generator<Finding> {
  const limit = attemptMs ?? defaultClocks.attemptMs
  if (typeof afterMs === 'number' && afterMs >= limit)
    yield withoutEffect(where, { ms: afterMs, other: 'clocks.attemptMs', otherMs: limit })
}

function withoutEffect(
  where: string,
  { ms, other, otherMs }: { readonly ms: number; readonly other: string; readonly otherMs: number },
): Finding {
  return finding('clock_order', where, {
    message: `${ms} ms never pass, for ${other} is ${otherMs} ms`,
    fix: `Shorten it, or lengthen ${other}.`,
  })
}

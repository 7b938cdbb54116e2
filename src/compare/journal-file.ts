import type { AsideResult } from '../aside.ts'
import { usualBuckets } from '../contracts/usage.ts'
import { ModelyardError } from '../errors.ts'
import { usdOf } from '../money.ts'

/** A file that lines are appended to, whole or not at all. */
export interface LineFile {
  append(lines: string): Promise<void>
  /** Resolves when they are on the disk. */
  sync(): Promise<void>
  close(): Promise<void>
}

/** A call that was begun and whose end is not told: it may have been paid for. */
export interface Unsettled {
  readonly key: string
  /** The most that it may have cost, pico-dollars. */
  readonly most: bigint
}

/**
 * The journal of a comparison: what was paid for is on the disk before the next call is made. One line when a call begins, one
 * when it ends; a run that was killed goes on where it was.
 */
export class RunJournal {
  /** Numbers of the lines that cannot be read. */
  readonly unreadable: readonly number[]
  readonly unsettled: readonly Unsettled[]
  /** What earlier runs paid, pico-dollars: also for calls that were interrupted. */
  readonly paid: bigint
  /** How many calls were paid for without anybody knowing how much. */
  readonly unpriced: number
  readonly #results: ReadonlyMap<string, AsideResult>
  readonly #file: LineFile
  #writing: Promise<void> = Promise.resolve()

  private constructor(file: LineFile, { results, begun, ...rest }: Reading) {
    this.#file = file
    this.#results = results
    this.unreadable = rest.unreadable
    this.unsettled = [...begun].flatMap(([key, tries]) => tries.map((most) => ({ key, most })))
    this.paid = rest.paid
    this.unpriced = rest.unpriced
  }

  /** @throws ModelyardError `WRITE_FAILED` where the file cannot be read. */
  static async open(path: string, file: LineFile): Promise<RunJournal> {
    return new RunJournal(file, new Reading(await textOf(path)))
  }

  /** What came of a call in an earlier run; nothing where it was not made, or was interrupted. */
  result(key: string): AsideResult | undefined {
    return this.#results.get(key)
  }

  /** The most that the calls may have cost whose end is not told. */
  get atRisk(): bigint {
    return this.unsettled.reduce((sum, { most }) => sum + most, 0n)
  }

  /** A call is about to be made. A process that ends before its result is told may have paid for it. */
  begun(key: string, most: bigint): Promise<void> {
    return this.#write({ v: 1, type: 'begun', key, mostPicoUsd: String(most) }, false)
  }

  /** Resolves when the result is on the disk. */
  ended(key: string, result: AsideResult): Promise<void> {
    const { cost, ...rest } = result
    const told = cost === null ? null : { picoUsd: String(cost.picoUsd), snapshot: cost.snapshot }
    return this.#write({ v: 1, type: 'ended', key, ...rest, cost: told }, true)
  }

  async close(): Promise<void> {
    await this.#writing
    await this.#file.close()
  }

  /** One line after the other. */
  #write(line: object, sync: boolean): Promise<void> {
    const written = this.#append(this.#writing, `${JSON.stringify(line)}\n`, sync)
    this.#writing = written.catch(() => {})
    return written
  }

  async #append(before: Promise<void>, line: string, sync: boolean): Promise<void> {
    await before
    await this.#file.append(line)
    if (sync) await this.#file.sync()
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await process.getBuiltinModule('node:fs').promises.readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return ''
    throw new ModelyardError('WRITE_FAILED', `compare(): the journal ${path} cannot be read`, { field: 'resume', cause })
  }
}

/** A journal as it is read. */
class Reading {
  readonly results = new Map<string, AsideResult>()
  /** What each try that has no end may have cost, by call. */
  readonly begun = new Map<string, bigint[]>()
  readonly unreadable: number[] = []
  paid = 0n
  unpriced = 0

  constructor(text: string) {
    for (const [index, line] of text.split('\n').entries()) {
      if (line === '') continue
      const entry = entryIn(line)
      if (entry === undefined) this.unreadable.push(index + 1)
      else this.#note(entry)
    }
  }

  #note(entry: JournalEntry): void {
    const tries = this.begun.get(entry.key) ?? []
    this.begun.set(entry.key, tries)
    if (entry.type === 'begun') {
      tries.push(entry.most)
      return
    }
    tries.pop()
    const { cost, isCharged } = entry.result
    if (cost !== null) this.paid += cost.picoUsd
    else if (isCharged) this.unpriced += 1
    // A call that was interrupted may have cost something, but has no result.
    if (!isInterrupted(entry.result)) this.results.set(entry.key, entry.result)
  }
}

/** Whether a call came to no end of its own: it was aborted, or the router was closed. */
export function isInterrupted({ failure }: AsideResult): boolean {
  return failure === 'aborted' || failure === 'CLOSED'
}

type JournalEntry =
  | { readonly type: 'begun'; readonly key: string; readonly most: bigint }
  | { readonly type: 'ended'; readonly key: string; readonly result: AsideResult }

function entryIn(line: string): JournalEntry | undefined {
  try {
    const { v, type, key, mostPicoUsd, ...rest }: Readonly<Record<string, unknown>> = JSON.parse(line)
    if (v !== 1 || typeof key !== 'string') return undefined
    if (type === 'begun' && typeof mostPicoUsd === 'string') return { type, key, most: BigInt(mostPicoUsd) }
    const told = { ...rest, cost: costIn(rest['cost']) }
    return type === 'ended' && isResult(told) ? { type, key, result: told } : undefined
  } catch {
    return undefined
  }
}

function costIn(value: unknown): AsideResult['cost'] {
  if (value === null) return null
  const { picoUsd, snapshot }: { readonly picoUsd?: unknown; readonly snapshot?: unknown } = {
    ...(typeof value === 'object' && value),
  }
  if (typeof picoUsd !== 'string' || typeof snapshot !== 'string') throw new TypeError('no cost')
  const pico = BigInt(picoUsd)
  return { picoUsd: pico, usd: usdOf(pico), snapshot }
}

const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string'
const isNumberOrNull = (value: unknown): boolean => value === null || typeof value === 'number'

const isCount = (usage: object | null | undefined, bucket: string): boolean => typeof Reflect.get(usage ?? {}, bucket) === 'number'

const resultChecks: Readonly<Record<keyof AsideResult, (value: unknown) => boolean>> = {
  answer: isTextOrNull,
  failure: isTextOrNull,
  status: isNumberOrNull,
  finish: isTextOrNull,
  served: isTextOrNull,
  latencyMs: (value) => typeof value === 'number',
  firstTokenMs: isNumberOrNull,
  usage: (value) => value === null || (typeof value === 'object' && usualBuckets.every((bucket) => isCount(value, bucket))),
  usageSource: (value) => ['provider', 'estimated', 'implausible', 'unknown'].includes(String(value)),
  cost: () => true,
  isCharged: (value) => typeof value === 'boolean',
}

function isResult(value: Readonly<Record<string, unknown>>): value is Readonly<Record<string, unknown>> & AsideResult {
  return Object.entries(resultChecks).every(([name, holds]) => holds(value[name]))
}

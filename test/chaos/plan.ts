import { seededRandom } from '../../src/testing/random.ts'
import { faults } from '../../src/testing/index.ts'
import type { FaultName, FaultOptions } from '../../src/testing/index.ts'
import { doors } from '../every-vendor.ts'
import type { Door } from '../every-vendor.ts'
import { policies } from './policies.ts'
import type { Policy } from './policies.ts'

/** What one request to a vendor is answered with. */
export interface PlannedFault {
  readonly name: FaultName
  readonly options: FaultOptions
}

/** What the caller does with its answer. Who lingers reads one chunk, and the others when all the rounds are over. */
export type Manner = 'reads' | 'lingers' | 'breaks' | 'aborts' | 'never reads'

/** One call, and everything that will happen to it. */
export interface PlannedCall {
  readonly number: number
  readonly stream: boolean
  /** Its chain, as places in the run's doors. */
  readonly chain: readonly number[]
  readonly manner: Manner
  /** After how many chunks the caller leaves. */
  readonly afterChunks: number
  readonly maxRetries: number
  /** The caller's own limit; `undefined`: none. */
  readonly timeoutMs: number | undefined
  /** How many pieces an answer has. */
  readonly pieces: number
  /** Milliseconds to the first token. */
  readonly firstTokenMs: number
  /** What strikes its first, second, ... request to each door. */
  readonly faults: readonly (readonly (PlannedFault | undefined)[])[]
}

/** Calls that are made at the same time, and the pause behind them. */
export interface Round {
  readonly calls: readonly PlannedCall[]
  readonly pauseMs: number
}

/** One run: everything about it follows from its seed. */
export interface RunPlan {
  readonly seed: number
  readonly doors: readonly Door[]
  readonly failures: number
  readonly policy: Policy
  readonly rounds: readonly Round[]
}

/** How large the text of `giant-chunk` is here. */
export const giantBytes = 20_000

// 421: Node's `fetch` asks again by itself; 407: it makes a network error of it.
const statuses = [400, 401, 402, 403, 404, 408, 409, 410, 413, 418, 422, 424, 429, 500, 502, 503, 504, 529]
// Thousands of packets that tell no more than some do.
const tedious = new Set(['one-byte', 'split-bytes'])
const named = Object.keys(faults).filter((name): name is keyof typeof faults => name in faults && !tedious.has(name))
const problems = ['overloaded', 'rate-limit', 'server-error', 'invalid-request', 'context-length', 'bad-key'] as const

/** The run of a seed. */
export function planOf(seed: number): RunPlan {
  const dice = new Dice(seed)
  const kind = dice.pick(kinds)
  const chosen = dice.some(doors, kind === 'uneasy' ? 1 : dice.between(1, 3))
  const failureShare = kind === 'uneasy' ? 0.5 : dice.pick([0, 0.2, 0.5, 0.9])
  let number = 0
  const call = (): PlannedCall => callOf((number += 1), dice, { doors: chosen, failureShare, kind })
  const round = (): Round => ({
    calls: Array.from({ length: kind === 'crowd' ? 200 : dice.pick([1, 1, 1, 1, 3]) }, call),
    pauseMs: dice.pick(kind === 'uneasy' ? [0, 2_900, 3_000, 3_000] : [0, 0, 0, 100, 2_900, 3_000, 9_000]),
  })
  return {
    seed,
    doors: chosen,
    failures: kind === 'uneasy' ? 1 : dice.between(1, 3),
    policy: dice.pick(policies),
    rounds: Array.from({ length: kind === 'crowd' ? 1 : dice.between(kind === 'uneasy' ? 3 : 1, 4) }, round),
  }
}

/** Of 500 runs one has a crowd of streams; a hundred have one target whose circuit opens and closes all the time. */
const kinds = Array.from({ length: 500 }, (_, index): Circumstances['kind'] =>
  index === 0 ? 'crowd' : index <= 100 ? 'uneasy' : 'usual',
)

interface Circumstances {
  readonly doors: readonly Door[]
  readonly failureShare: number
  readonly kind: 'crowd' | 'uneasy' | 'usual'
}

function callOf(number: number, dice: Dice, { doors: some, failureShare, kind }: Circumstances): PlannedCall {
  const stream = kind === 'crowd' || dice.chance(0.6)
  const places = some.map((_, place) => place)
  const fault = (): PlannedFault | undefined => (dice.chance(failureShare) ? faultOf(dice) : undefined)
  const manner = mannerOf(dice, stream, kind)
  const breaks = kind === 'uneasy' && manner === 'lingers'
  return {
    number,
    stream,
    chain: dice.some(places, dice.between(1, places.length)),
    manner,
    afterChunks: dice.between(0, 4),
    maxRetries: dice.pick([0, 0, 1, 2]),
    timeoutMs: dice.chance(0.05) ? 400 : undefined,
    pieces: dice.between(breaks ? 4 : 1, 9),
    firstTokenMs: dice.chance(0.1) ? dice.pick([50, 700, 5_000]) : 0,
    // A verdict that comes late should often be a bad one.
    faults: some.map(() => [breaks ? { name: dice.pick(midway), options: { after: 2 } } : fault(), fault(), fault(), fault()]),
  }
}

const midway = ['cut-stream', 'error-mid-stream', 'malformed-event', 'close-mid-body', 'finish-without-terminal'] as const

function mannerOf(dice: Dice, stream: boolean, kind: Circumstances['kind']): Manner {
  if (dice.chance(kind === 'uneasy' ? 0.5 : 0.7)) return 'reads'
  return dice.pick(stream ? ['lingers', 'lingers', 'breaks', 'aborts', 'never reads'] : ['aborts'])
}

function faultOf(dice: Dice): PlannedFault {
  const name: FaultName = dice.chance(0.25) ? `http-${dice.pick(statuses)}` : dice.pick(named)
  return {
    name,
    options: {
      after: dice.between(0, 6),
      problem: dice.pick(problems),
      bytes: giantBytes,
      // On the clock that the router shares: a few beats to every limit.
      everyMs: name === 'slow-drip' ? 20 : 300,
      stallMs: dice.pick([50, 5_000]),
      status: name === 'redirect' ? dice.pick([301, 302, 307, 308]) : 307,
      ...(dice.chance(0.3) && { retryAfter: dice.pick([{ seconds: 2 }, { ms: 150 }, { seconds: 86_400 }, { text: 'soon' }]) }),
    },
  }
}

/** Everything that is left to chance. */
class Dice {
  readonly #random: () => number

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    // Neighbouring seeds begin alike.
    for (let throws = 0; throws < 8; throws++) this.#random()
  }

  chance(share: number): boolean {
    return this.#random() < share
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1))
  }

  pick<Item>(items: readonly [Item, ...Item[]] | readonly Item[]): Item {
    const item = items[this.between(0, items.length - 1)]
    if (item === undefined) throw new RangeError('there is nothing to choose from')
    return item
  }

  /** So many of them, each once, in any order. Vendors are told apart by their wire format. */
  some<Item>(items: readonly Item[], count: number): readonly Item[] {
    const left = [...items]
    const chosen: Item[] = []
    while (chosen.length < count && left.length > 0) {
      const item = this.pick(left)
      chosen.push(item)
      for (const other of left.filter((each) => sameWire(each, item))) left.splice(left.indexOf(other), 1)
    }
    return chosen
  }
}

function sameWire(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null) return one === other
  return Reflect.get(one, 'vendor') === Reflect.get(other, 'vendor')
}

// npm run bench: the figures that docs/guide.md promises, measured on this machine in one run. Not a test: a busy machine
// changes the spread, though hardly the ratios.
import { overTransport, routerAlone, routerAloneStreamed } from './calls.ts'
import { importTimes, packagesLoaded } from './imports.ts'
import { compare, median, type Timing } from './measure.ts'
import { vendors, wordCount } from './vendor-wire.ts'
import { besideSdk } from './vendors.ts'
import { chunkCount } from './wire.ts'

interface Row {
  readonly what: string
  readonly measured: string
  readonly spread: string
  readonly limit: string
  readonly kept: boolean
}

const quick = process.argv.includes('--quick')
const rounds = quick ? 5 : 21

async function main(): Promise<void> {
  const calls = await overTransport({ rounds, batch: 1500, warmUp: 6000 }, { rounds, batch: 40, warmUp: 200 })
  const small = await routerAlone(700, { rounds, batch: 4000, warmUp: 20_000 })
  const large = await routerAlone(32_000, { rounds, batch: 4000, warmUp: 10_000 })
  const streams = await routerAloneStreamed({ rounds, batch: 60, warmUp: 400 })
  const imports = importTimes(['modelyard', 'openai'], rounds)
  const loaded = packagesLoaded('modelyard')
  const others = new Array<Row>()
  for (const vendor of vendors) {
    const { unary, stream } = await besideSdk(vendor, { rounds, batch: 600, warmUp: 3000 }, { rounds, batch: 25, warmUp: 150 })
    others.push(
      ratio(`CPU of a unary call to ${vendor} / of its bare SDK`, unary, 1.1),
      ratio(`CPU of a ${wordCount}-piece stream of ${vendor} / of its bare SDK`, stream, 1),
    )
  }
  const rows = [
    ratio('CPU of a unary call / of the bare openai client', calls.unary, 1.1),
    ratio(`CPU of a ${chunkCount}-chunk stream / of the bare openai client`, calls.stream, 0.4),
    ...others,
    difference({ what: 'the router alone, per call of 0.7 kB', timings: small, limit: 10, unit: 'µs' }),
    difference({ what: 'the router alone, per call of 32 kB', timings: large, limit: 10, unit: 'µs' }),
    difference({ what: 'the router alone, per chunk', timings: streams, limit: 2, unit: 'µs', per: chunkCount }),
    difference({ what: 'import of modelyard beyond import of openai', timings: imports, limit: 10, unit: 'ms', per: 1000 }),
    {
      what: 'packages that importing modelyard loads',
      measured: loaded.join(', '),
      spread: '',
      limit: 'openai',
      kept: loaded.every((name) => name === 'openai'),
    },
  ]
  print(rows)
  console.log(
    `\nMedians, µs: ${[...calls.unary, ...calls.stream].map(({ name, microseconds }) => `${name} ${median(microseconds).toFixed(0)}`).join(', ')}.`,
  )
  console.log(`Node ${process.versions.node}, ${rounds} rounds, CPU time. Spread: the middle half of the rounds.`)
}

function pair(timings: readonly Timing[]): readonly [Timing, Timing] {
  const [one, other] = timings
  if (one === undefined || other === undefined) throw new Error('two contenders are needed')
  return [one, other]
}

function ratio(what: string, timings: readonly Timing[], limit: number): Row {
  const { value, spread } = compare(...pair(timings), (one, other) => one / other)
  return {
    what,
    measured: value.toFixed(2),
    spread: `± ${(spread / 2).toFixed(2)}`,
    limit: `<= ${limit.toFixed(2)}`,
    kept: value <= limit,
  }
}

interface Difference {
  readonly what: string
  readonly timings: readonly Timing[]
  readonly limit: number
  readonly unit: string
  readonly per?: number
}

function difference({ what, timings, limit, unit, per = 1 }: Difference): Row {
  const { value, spread } = compare(...pair(timings), (one, other) => (one - other) / per)
  return {
    what,
    measured: `${value.toFixed(1)} ${unit}`,
    spread: `± ${(spread / 2).toFixed(1)}`,
    limit: `<= ${limit} ${unit}`,
    kept: value <= limit,
  }
}

function print(rows: readonly Row[]): void {
  const width = Math.max(...rows.map(({ what }) => what.length))
  for (const { what, measured, spread, limit, kept } of rows) {
    console.log(`${what.padEnd(width)}  ${measured.padStart(9)} ${spread.padEnd(8)} ${limit.padEnd(9)} ${kept ? 'ok' : 'MISSED'}`)
  }
}

await main()

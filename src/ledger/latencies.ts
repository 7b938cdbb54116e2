/** Times of calls, in bounded memory. */
export interface Latencies {
  add(ms: number): void
  /** Adds everything that `other` has seen. */
  merge(other: Latencies): void
  /** The time below which the share `q` of the calls lies; `null` where there were none. */
  quantile(q: number): number | null
  /** @internal what `merge` reads. */
  readonly samples: readonly number[] | null
  /** @internal what `merge` reads. */
  readonly histogram: ReadonlyMap<number, number>
}

/** Up to this many samples quantiles are exact. */
const exactUpTo = 128
/** Neighbouring buckets differ by this factor, so that a quantile is off by at most one per cent. */
const growth = 1.02
const logGrowth = Math.log(growth)

/**
 * Exact up to 128 samples, then a histogram with logarithmic buckets: at most about 1,300 numbers however many calls, no
 * randomness, and rows can be merged.
 */
export function createLatencies(): Latencies {
  let samples: number[] | null = []
  const histogram = new Map<number, number>()
  let total = 0

  const spill = (): void => {
    for (const sample of samples ?? []) count(histogram, bucketOf(sample), 1)
    samples = null
  }
  return {
    add(ms) {
      const time = ms > 0 && ms < Infinity ? ms : 0
      total += 1
      if (samples !== null && samples.length < exactUpTo) {
        samples.push(time)
        return
      }
      if (samples !== null) spill()
      count(histogram, bucketOf(time), 1)
    },
    merge(other) {
      if (other.samples !== null) {
        for (const sample of other.samples) this.add(sample)
        return
      }
      if (samples !== null) spill()
      for (const [bucket, times] of other.histogram) {
        count(histogram, bucket, times)
        total += times
      }
    },
    quantile(q) {
      if (total === 0) return null
      const rank = Math.min(total, Math.max(1, Math.ceil(q * total)))
      if (samples !== null) return samples.toSorted((a, b) => a - b)[rank - 1] ?? null
      return inHistogram(histogram, rank)
    },
    get samples() {
      return samples
    },
    histogram,
  }
}

function inHistogram(histogram: ReadonlyMap<number, number>, rank: number): number | null {
  let seen = 0
  for (const [bucket, times] of [...histogram].toSorted(([a], [b]) => a - b)) {
    seen += times
    if (seen >= rank) return timeOf(bucket)
  }
  return null
}

function count(histogram: Map<number, number>, bucket: number, times: number): void {
  histogram.set(bucket, (histogram.get(bucket) ?? 0) + times)
}

/** Bucket 0 is everything below a hundredth of a millisecond. */
function bucketOf(ms: number): number {
  return ms < 0.01 ? 0 : 1 + Math.floor(Math.log(ms / 0.01) / logGrowth)
}

/** The middle of a bucket. */
function timeOf(bucket: number): number {
  return bucket === 0 ? 0 : 0.01 * growth ** (bucket - 0.5)
}

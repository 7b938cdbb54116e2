import type { Attempt } from './attempt.ts'
import type { Cuts } from './cuts.ts'
import { openedInRace } from './hedged-opening.ts'
import type { Journey } from './journey.ts'
import type { Outlet } from './outlet.ts'
import type { Reading } from './reading.ts'
import { limitOpening } from './reading.ts'
import type { Target } from './resolve.ts'

/** What a stream's next attempt is opened with. */
export interface OpeningParts {
  readonly readingOf: (attempt: Attempt) => Reading
  readonly cuts: Cuts
  readonly outlet: Outlet
  /** What is to be done before a target is asked, where something is. */
  readonly prepare: ((target: Target) => Promise<void>) | undefined
  /** Is told of an attempt that begins. */
  readonly onBegin: (reading: Reading) => unknown
  /** After an attempt that could not be opened: returns where another one may be, and throws what the caller gets. */
  readonly recover: (reading: Reading, error: unknown) => Promise<void>
}

/** The first stream that a target has accepted; rejects with what the caller gets when none does. */
export async function opened(journey: Journey, parts: OpeningParts): Promise<Reading> {
  const { readingOf, cuts, outlet, prepare, onBegin, recover } = parts
  const { hedge } = journey.options
  for (;;) {
    const attempt = await journey.begin((begun) => limitOpening(journey, begun), prepare)
    const reading = readingOf(attempt)
    outlet.close(cuts.latest)
    if (hedge !== undefined && cuts.latest === undefined) {
      const first = await openedInRace(journey, reading, { readingOf, cuts })
      if (first !== undefined) return first
      continue
    }
    onBegin(reading)
    try {
      await reading.openToHeaders()
      return reading
    } catch (error) {
      reading.close()
      await recover(reading, error)
    }
  }
}

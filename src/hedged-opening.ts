import type { Attempt } from './attempt.ts'
import type { Failure } from './contracts/failure.ts'
import type { Cuts } from './cuts.ts'
import type { Lane } from './hedge.ts'
import { raced } from './hedge.ts'
import type { Journey } from './journey.ts'
import type { Reading } from './reading.ts'
import { limitOpening } from './reading.ts'

/** How readings are made for a stream, and what becomes of those that are not needed. */
export interface OpeningParts {
  readonly readingOf: (attempt: Attempt) => Reading
  readonly cuts: Cuts
}

/**
 * Opens a stream, where that takes long at two targets side by side, and reads up to the first content: who has some first
 * serves the stream. A stream without hedging is open with its headers; here they say too little, many vendors send them at once.
 * Nothing where none has opened and the request goes on.
 */
export async function openedInRace(
  journey: Journey,
  first: Reading,
  { readingOf, cuts }: OpeningParts,
): Promise<Reading | undefined> {
  const finish = await raced<void, Opening>(journey, new Opening(first, cuts), async () => {
    const rival = await journey.rival(first.attempt, (begun) => limitOpening(journey, begun))
    return rival === undefined ? undefined : new Opening(readingOf(rival), cuts)
  })
  if ('value' in finish) return finish.lane.reading
  await journey.goOn(finish.lane.attempt, finish.failure)
  return undefined
}

/** A stream up to its first content. */
class Opening implements Lane<void> {
  readonly reading: Reading
  readonly #cuts: Cuts

  constructor(reading: Reading, cuts: Cuts) {
    this.reading = reading
    this.#cuts = cuts
  }

  get attempt(): Attempt {
    return this.reading.attempt
  }

  run(): Promise<void> {
    return this.reading.openToContent()
  }

  fail(error: unknown): Failure {
    this.reading.close()
    return this.#cuts.drop(this.reading, error)
  }

  lose(): void {
    this.reading.close()
    this.#cuts.lose(this.reading)
  }
}

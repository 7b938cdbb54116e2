import type { Attempt } from './attempt.ts'

/**
 * An iterator whose `next()` ends when the attempt is stopped, even if the adapter ignores its signal. One that says by
 * `endsOnAbort` that it heeds it is taken as it is: watching costs a promise a chunk.
 */
export function watched<Chunk>(iterator: AsyncIterator<Chunk>, attempt: Attempt): AsyncIterator<Chunk> {
  if ('endsOnAbort' in iterator && iterator.endsOnAbort === true) return iterator
  return {
    next: () => attempt.until(iterator.next()),
    return: async () => (await iterator.return?.()) ?? { value: undefined, done: true },
  }
}

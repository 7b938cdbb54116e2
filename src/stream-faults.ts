import { RouterFault } from './errors.ts'

// Made only where they matter: errors cost.

/** A stream came to its end before its answer did. */
export const endless = (): RouterFault => new RouterFault('truncated', 'The stream ended before a finish reason.')

/** What came is no chunk: reading it threw `cause`. */
export const noChunk = (cause: unknown): RouterFault =>
  new RouterFault('malformed', 'The stream carries something that is no chunk.', { cause })

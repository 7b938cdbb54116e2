import type { Bench } from './bench.ts'

/** The parts of the adapter contract, each with what it asks for. */
export const adapterParts = {
  declaration: 'id, key and what is supported can be asked at any time',
  answers: 'a completion as OpenAI writes it',
  'served model': 'the name of the model that answered',
  'cut answers': 'an answer that ends at a limit says so',
  usage: "token counts in OpenAI's meaning: totals with parts",
  streams: "chunks in OpenAI's grammar, handed over as they come",
  tools: 'tool calls',
  'tool results': 'conversations with tool results, also when another provider made the calls',
  'one attempt': 'one HTTP request a call, or one of each kind that the vendor wants, whatever comes back',
  failures: 'errors in our words',
  'no answers': 'a 200 that is no answer is an error',
  'broken streams': 'a stream without its finish reason is an error',
  oddities: 'unusual, but sound',
  abort: 'the signal, and leaving the loop, close the connection',
  redirects: 'redirects are not followed',
  secrecy: 'the key is in the request and nowhere else',
  environment: 'no environment variable leads a request astray',
  headers: "the caller's headers, and the vendor's",
  'provider options': 'vendor-only parameters reach the body',
  'foreign state': "another provider's state stays away from the wire",
  concurrency: 'calls at the same time do not mix',
  embeddings: 'embeddings',
} as const

/** A part of the adapter contract, to skip it by name. */
export type AdapterPart = keyof typeof adapterParts

/** One statement of the adapter contract. */
export interface Check {
  readonly part: AdapterPart
  /** A sentence that is true of a sound adapter. */
  readonly name: string
  readonly run: (open: OpenBench) => Promise<void>
}

/** Makes what a check needs; disposed when the check is over. */
export type OpenBench = (options?: { readonly validate?: boolean }) => Promise<Bench>

import type { Subject } from './subjects.ts'

/** Where the router means to behave otherwise than the real client, and why. A test asserts both sides. */
export const differences = {
  'retry-before-content':
    'A stream that breaks before its first content has shown the caller nothing, so the router tries again, invisibly; the real client gives up.',
  'printed-key':
    'The router hands keys to adapters only and holds none, so that a printed client shows none; the real client prints its own.',
  'route-headers': 'The response of a routed call also says where the call went.',
  models: 'The models of the router are those of its catalog that it can reach now, whatever one upstream lists; nothing is asked.',
  'truncated-stream':
    'A stream without a finish reason is cut off, and an error; the real client ends its loop as if all was well.',
  'broken-stream-class': 'Whatever breaks a stream after its first content is an APIError, so that one catch is enough.',
  'malformed-answer':
    'An answer that is none is a fault of the provider, and an APIConnectionError with a code, as other faults between here and a model are; the real client throws a bare SyntaxError.',
  'html-error': 'A page of HTML, from some gateway on the way, does not become the message of an error.',
  'error-shape': "An error body of another shape is put into OpenAI's, with a message.",
  'long-retry-after':
    'A target that wants to be left alone for more than a minute is not asked again: the call fails at once, instead of asking after half a second as if nothing had been said.',
  'held-back':
    'A target that has asked to be left alone for a while is left alone by every call. With no other target such a call is a 503 that says until when.',
} as const satisfies Record<string, string>

export function differs(subject: Subject, difference: keyof typeof differences): boolean {
  return subject.isRouter && difference in differences
}

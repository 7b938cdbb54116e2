import { raw } from './fault.ts'
import type { Fault } from './fault.ts'

/** Faults of the connection: before there is anybody who could answer. They need the `fetch` of the vendor's door. */
export const connectionFaults = {
  'connection-refused': {
    meaning: 'nothing listens (without the fetch of the door: RST)',
    spoils: 'any',
    connect: ({ unreachable }) => fetch(unreachable),
    replace: () => raw('', 'reset'),
  },
  'name-not-found': {
    meaning: 'the name of the host is not known (without the fetch of the door: RST)',
    spoils: 'any',
    // As undici says it; to ask a name server would be to leave this machine.
    connect: () => Promise.reject(new TypeError('fetch failed', { cause: unknownName() })),
    replace: () => raw('', 'reset'),
  },
  'tls-failed': {
    meaning: 'the other side does not speak TLS (without the fetch of the door: RST)',
    spoils: 'any',
    connect: ({ url }) => fetch(url.replace('http:', 'https:')),
    replace: () => raw('', 'reset'),
  },
} as const satisfies Record<string, Fault>

function unknownName(): Error {
  const details = { errno: -3008, code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: 'vendor.invalid' }
  return Object.assign(new Error('getaddrinfo ENOTFOUND vendor.invalid'), details)
}

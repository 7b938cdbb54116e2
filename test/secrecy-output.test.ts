import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { placesOf } from '../src/testing/places.ts'
import { vendorSimulator } from '../src/testing/index.ts'
import { doors } from './every-vendor.ts'
import { variablesOfSdks } from './poison/variables.ts'
import { canaryFor } from './secrecy/canaries.ts'
import type { Given } from './secrecy/talkative.ts'

/** Everything that makes Node and the SDKs talk of what they do. */
function talking(): Readonly<Record<string, string>> {
  const ofSdks = [...variablesOfSdks()].filter((name) => /LOG|DEBUG|TRACE|VERBOSE/.test(name))
  return {
    ...Object.fromEntries(ofSdks.map((name) => [name, /LOG/.test(name) ? 'debug' : 'true'])),
    OPENAI_LOG: 'debug',
    ANTHROPIC_LOG: 'debug',
    PERPLEXITY_LOG: 'debug',
    MISTRAL_DEBUG: 'true',
    GOOGLE_SDK_NODE_LOGGING: '*',
    DEBUG: '*',
    NODE_DEBUG: 'http,http2,https,net,tls,fetch,undici,stream',
  }
}

it('SE-05 no SDK, and nobody who prints what the router gives, prints a key: debug variables set, errors uncaught', async () => {
  await using simulator = await vendorSimulator()
  // One for each vendor: of two doors to the same one, the other's key would be nobody's to take out.
  const canaries = doors.map((door) => ({ door, canary: canaryFor(door.vendor, door.vendor) }))
  for (const { door, canary } of canaries) {
    const { key, saying } = canary
    const headers = { 'x-request-id': `req-${key}`, 'x-echo': saying.replaceAll('…', '...') }
    simulator.fail(door.vendor, 'bad-key', {
      message: saying,
      code: key,
      headers,
      match: ({ lastText }) => lastText.includes('In vain?'),
    })
  }
  const given: Given = Object.fromEntries(
    canaries.map(({ door, canary: { key } }) => [door.name, { baseURL: simulator.door(door.vendor).baseURL, key }]),
  )
  const child = spawn(process.execPath, [join(import.meta.dirname, 'secrecy/talkative.ts')], {
    env: { PATH: process.env['PATH'], ...talking() },
  })
  child.stdin.end(JSON.stringify(given))
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  const printed = { out, err }
  // It did print, all of it, to its end.
  for (const { door } of canaries) expect(out).toContain(door.name)
  expect(err).toMatch(/NET \d+:/)
  expect(err.match(/AuthenticationError/g)?.length).toBeGreaterThan(doors.length)
  expect(canaries.filter(({ canary }) => placesOf(canary.traces, printed).length > 0).map(({ door }) => door.name)).toEqual([])
})

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { vendorSimulator } from '../../src/testing/index.ts'

const folder = fileURLToPath(new URL('../../../shared/corpus/open/cases/', import.meta.url))
const present = existsSync(folder)

interface Recorded {
  readonly id: string
  readonly provider: string
  readonly api: string
  readonly status: number
  readonly url: string
  readonly request: unknown
  readonly requestHeaders: Readonly<Record<string, string>> | null
  readonly exchanges?: unknown
}

const apis: Readonly<Record<string, readonly [vendor: string, api: string, path: RegExp]>> = {
  openai: ['openai', 'chat', /^\/v1\/chat\/completions$/],
  anthropic: ['anthropic', 'messages', /^\/v1\/messages$/],
  google: ['google', 'generateContent', /:(?:generate|streamGenerate)Content$/],
  vertex: ['google', 'generateContent', /:(?:generate|streamGenerate)Content$/],
}

function isRecorded(value: unknown): value is Recorded {
  return typeof value === 'object' && value !== null && 'url' in value && typeof value.url === 'string' && URL.canParse(value.url)
}

/** Recorded requests to the vendors' own endpoints, with what the vendor made of them. */
function recorded(): readonly (Recorded & { readonly vendor: string })[] {
  return readdirSync(folder)
    .map((file): unknown => JSON.parse(readFileSync(folder + file, 'utf8')))
    .filter(isRecorded)
    .flatMap((one) => {
      const [vendor, api, path] = apis[one.provider] ?? []
      const known = one.api === api && path?.test(new URL(one.url).pathname) === true
      return vendor !== undefined && known && one.request !== null && one.exchanges === undefined ? [{ ...one, vendor }] : []
    })
}

describe('the checks of the simulator, against recorded requests', () => {
  it.skipIf(!present)('refuse nothing that the vendor accepted (skipped where the recordings are not there)', async () => {
    await using simulator = await vendorSimulator()
    const accepted = recorded().filter(({ status }) => status === 200)
    const refused: string[] = []
    for (const { id, vendor, url, request, requestHeaders } of accepted) {
      const { pathname, search } = new URL(url)
      const response = await fetch(`${simulator.url}/${vendor}${pathname}${search}`, {
        method: 'POST',
        // Recorders leave headers out; the recordings are older than the current version.
        headers: { authorization: 'Bearer any', 'anthropic-version': '2023-06-01', ...requestHeaders },
        body: JSON.stringify(request),
      })
      const text = await response.text()
      if (response.status !== 200) refused.push(`${id}: ${text}`)
    }
    expect(refused).toEqual([])
    expect(accepted.length).toBeGreaterThan(300)
  })
})

import fc from 'fast-check'
import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../src/contracts/secret.ts'
import { AttemptError } from '../../src/errors.ts'
import { isPublic } from '../../src/providers/shared/media/addresses.ts'
import { google } from '../../src/providers/google/index.ts'
import { vendorSimulator } from '../../src/testing/index.ts'

type Download = NonNullable<NonNullable<NonNullable<Parameters<typeof google>[0]>['media']>['download']>

const image = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

function support(url: string, download?: Download): unknown {
  const request = {
    model: 'm',
    messages: [{ role: 'user' as const, content: [{ type: 'image_url' as const, image_url: { url } }] }],
  }
  return google({ media: { download } }).supports(request, undefined, 'gemini-3-flash')
}

const field = 'messages[0].content[0].image_url.url'
const notPublic = { level: 'no', field, reason: expect.stringContaining('not public') }

const range = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max })

describe('an address', () => {
  const octet = fc.integer({ min: 0, max: 255 })
  const within = (first: number, second: fc.Arbitrary<number>): fc.Arbitrary<string> =>
    fc.tuple(second, octet, octet).map(([b, c, d]) => `${first}.${b}.${c}.${d}`)
  const inside = fc.oneof(
    within(0, octet),
    within(10, octet),
    within(100, range(64, 127)),
    within(127, octet),
    within(169, fc.constant(254)),
    within(172, range(16, 31)),
    within(192, fc.constant(168)),
    within(198, range(18, 19)),
    fc.tuple(range(224, 255), octet).chain(([a, b]) => within(a, fc.constant(b))),
  )

  it('of a private, shared, local, test or multicast network is not public, in whatever form IPv6 hides it', () => {
    fc.assert(
      fc.property(inside, (address) => {
        expect(isPublic(address)).toBe(false)
        for (const prefix of ['::ffff:', '::', '64:ff9b::', '64:ff9b:1::', 'fe80::', 'fd00::'])
          expect(isPublic(`${prefix}${address}`)).toBe(false)
        const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
        const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
        for (const disguise of [`2002:${hex}::1`, `2001:0:${hex}::1`]) expect(isPublic(disguise)).toBe(false)
      }),
    )
  })

  it.each([
    ['1.1.1.1', true],
    ['93.184.216.34', true],
    ['100.63.255.255', true],
    ['100.128.0.0', true],
    ['172.15.255.255', true],
    ['172.32.0.0', true],
    ['2606:4700:4700::1111', true],
    ['2a00:1450:4001::1', true],
    ['168.63.129.16', false],
    ['169.254.169.254', false],
    ['100.100.100.200', false],
    ['192.0.0.192', false],
    ['255.255.255.255', false],
    ['::', false],
    ['::1', false],
    ['::ffff:8.8.8.8', false],
    ['fd00:ec2::254', false],
    ['fec0::1', false],
    ['ff02::1', false],
    ['2001:db8::1', false],
    ['3fff::1', false],
    ['5f00::1', false],
    ['no address', false],
  ])('%s is public: %s', (address, expected) => {
    expect(isPublic(address)).toBe(expected)
  })

  it.each([
    'http://127.0.0.1/a.png',
    'http://127.1/a.png',
    'http://0x7f000001/a.png',
    'http://2130706433/a.png',
    'http://0177.0.0.1/a.png',
    'http://0/a.png',
    'http://localhost/a.png',
    'http://localhost./a.png',
    'http://LOCALHOST/a.png',
    'http://images.localhost/a.png',
    'http://[::1]/a.png',
    'http://[::ffff:127.0.0.1]/a.png',
    'http://[::ffff:7f00:1]/a.png',
    'http://[64:ff9b::a9fe:a9fe]/latest',
    'http://169.254.169.254/latest/meta-data',
    'http://[fd00:ec2::254]/latest/meta-data',
    'https://192.168.0.1:8443/a.png',
    'HTTP://10.0.0.1/a.png',
    'http://１２７.0.0.1/a.png',
  ])('written as %s is known not to be public before any call', (url) => {
    expect(support(url)).toMatchObject(notPublic)
    expect(support(url, { allowPrivate: true })).toMatchObject({ level: 'yes' })
  })

  it.each([
    ['https://user:hush@example.com/a.png', 'with a user name or password'],
    ['http://', 'no valid URL'],
    ['http://exa mple.com/a.png', 'no valid URL'],
  ])('%s is refused: %s', (url, reason) => {
    expect(support(url)).toMatchObject({ level: 'no', field, reason: expect.stringContaining(reason) })
    expect(JSON.stringify(support(url))).not.toContain('hush')
  })

  it('is fetched only where its host is among those that are allowed', () => {
    const hosts = ['cdn.example', '*.images.example', '[2606:4700::1111]']
    const allowed = [
      'https://cdn.example/a',
      'https://CDN.example:8443/a',
      'https://a.b.images.example/a',
      'https://[2606:4700::1111]/a',
    ]
    const others = ['https://images.example/a', 'https://evil-cdn.example/a', 'https://cdn.example.evil/a', 'https://1.1.1.1/a']
    for (const url of allowed) expect(support(url, { hosts })).toMatchObject({ level: 'yes' })
    for (const url of others)
      expect(support(url, { hosts })).toMatchObject({ level: 'no', reason: expect.stringContaining('hosts') })
  })

  it('is not fetched where nothing is', () => {
    expect(support('https://cdn.example/a.png', false)).toMatchObject({
      level: 'no',
      field,
      reason: expect.stringContaining('media.download is off'),
    })
    expect(support(`data:image/png;base64,${image}`, false)).toMatchObject({ level: 'yes' })
  })
})

/** What the vendor or the caller gets, how often the name was looked up, and how often its host was asked. */
async function outcomeOf(answers: readonly (readonly string[] | Error)[], download: Omit<Exclude<Download, false>, 'lookup'> = {}) {
  let asked = 0
  const looked: string[] = []
  const host = createServer((_request, response) => {
    asked += 1
    response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.from(image, 'base64'))
  })
  await new Promise<void>((resolve) => void host.listen(0, '127.0.0.1', resolve))
  const address = host.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const simulator = await vendorSimulator()
  try {
    const lookup = async (name: string): Promise<readonly string[]> => {
      const found = answers[looked.push(name) - 1] ?? []
      if (found instanceof Error) throw found
      return found
    }
    const adapter = google({ baseURL: simulator.google.baseURL, media: { download: { ...download, lookup } } })
    const content = [{ type: 'image_url' as const, image_url: { url: `http://images.example:${port}/a.png` } }]
    const call = {
      model: 'gemini-3-flash',
      card: undefined,
      secret: new Secret('k'),
      signal: new AbortController().signal,
      request: { model: 'm', messages: [{ role: 'user' as const, content }] },
    }
    const error: unknown = await adapter.complete(call).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    const failure = error instanceof AttemptError ? error.failure : undefined
    return { failure, asked, looked, sent: simulator.requests.length }
  } finally {
    await simulator.close()
    host.closeAllConnections()
    host.close()
  }
}

describe('a host name', () => {
  it.each([
    ['a private address', [['127.0.0.1']]],
    ['several, none of them public', [['10.0.0.1', '::1', 'fd00::1', '127.0.0.1']]],
    ['a mapped one', [['::ffff:127.0.0.1']]],
    ['what is no address', [['localhost']]],
  ])('that leads to %s is refused after it is resolved, and nobody is asked', async (_name, answers) => {
    const { failure, asked, looked, sent } = await outcomeOf(answers)
    expect(failure).toMatchObject({ kind: 'media', status: 400, code: 'image_unreachable', param: field })
    expect(failure?.message).toContain('not public')
    expect({ asked, looked, sent }).toEqual({ asked: 0, looked: ['images.example'], sent: 0 })
  })

  it.each([
    ['nowhere', [[]]],
    ['to an error', [new Error('ENOTFOUND 10.1.2.3')]],
  ])('that leads %s is not known', async (_name, answers) => {
    const { failure } = await outcomeOf(answers)
    expect(failure).toMatchObject({ kind: 'media', code: 'image_unreachable' })
    expect(failure?.message).toMatch(/its host is not known/)
    expect(failure?.message).not.toContain('10.1.2.3')
  })

  it('is resolved once: the connection goes to the address that was checked, whatever the name leads to a moment later', async () => {
    const { failure, asked, looked, sent } = await outcomeOf([['127.0.0.1'], ['169.254.169.254']], { allowPrivate: true })
    expect(failure).toBeUndefined()
    expect({ asked, looked, sent }).toEqual({ asked: 1, looked: ['images.example'], sent: 1 })
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { piiRedactor } from '../src/audit/pii/index.ts'
import type { PiiKind } from '../src/audit/pii/index.ts'
import { ModelyardError } from '../src/index.ts'

const redact = piiRedactor()

/** What is found, and nothing around it: the text with a mark in place of what stands in brackets here. */
const found: Readonly<Record<PiiKind, readonly string[]>> = {
  email: [
    'Write to {jane.doe@example.com} please',
    'mail: {max+tag@sub.firma.co.uk}, thanks',
    '<{o_neil@example.org}>',
    '{"email":"{jane@example.com}","n":1}',
    'Grüße an {jürgen@müller.de}.',
    "it's {d'arcy@example.com}'s",
    '{a@b.co};{c@d.io}',
    'mailto:{x.y-z@mail-1.example.com}?subject=hi',
  ],
  phone: [
    'Call {(555) 123-4567} today',
    'my number is {415-555-2671}.',
    'or {1-415-555-2671}, {415.555.2671}',
    'Ruf an: {+49 30 1234567}',
    '{+44 (0)20 7946 0958} is London',
    'Appelle le {+33 6 12 34 56 78} ou le {06 12 34 56 78}',
    '{07700 900123} is mine',
    'Telefon {030/1234567}, Mobil {+491701234567}',
  ],
  card: [
    'card {4111 1111 1111 1111} exp 12/29',
    'amex {378282246310005}',
    'visa {4111-1111-1111-1111}.',
    '{5555555555554444}, {6011111111111117}, {3530111333300000}',
    'of 12 {4111 1111 1111 1111} 12 times',
    'diners {30569309025904}, old visa {4222222222222}',
  ],
  iban: [
    'IBAN {DE89 3704 0044 0532 0130 00}',
    '{GB82WEST12345698765432}',
    'to {NL91 ABNA 0417 1643 00} AND back',
    '{de89370400440532013000}',
    '{FR14 2004 1010 0505 0001 3M02 606} {ES91 2100 0418 4502 0005 1332}',
    'Malta {MT84 MALT 0110 0001 2345 MTLC AST0 01S}',
  ],
  ssn: ['SSN {078-05-1120} on file', 'my social security number is {219099999}', 'ssn: {219 09 9999}'],
  ip: [
    'client {203.0.113.42} connected',
    '{2001:db8:85a3::8a2e:370:7334} seen',
    'from {fe80::1}, to {2001:db8:0:1:1:1:1:1}',
    'http://{198.51.100.7}:8080/',
  ],
  mac: ['device {00:1B:44:11:3A:B7}', '{00-1b-44-11-3a-b7} too'],
  secret: [
    'Authorization: Bearer {abcdef1234567890abcdef}',
    '{eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghijklmnopqrstuvwxyz012345}',
    'key {sk-proj-abcdefghijklmnopqrstuvwxyz0123}',
    '{AKIAIOSFODNN7EXAMPLE}, {ghp_abcdefghijklmnopqrstuvwxyz0123456789}',
    'postgres://user:{hunter2}@db.example/x',
    'password={correct-horse}&x=1',
    '{"api_key": "{abcd-efgh-1234}"}',
    'a\n{-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----}\nb',
    '{-----BEGIN RSA PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC and no end}',
  ],
}

/** Ordinary texts, programs and tables, of which nothing is anybody's. */
const ordinary = [
  'The meeting on 2026-03-04 at 10:30 will take place in room 204, version 1.2.3 of the document has 12345678 bytes.',
  'In 1984, George Orwell imagined a world of constant surveillance. Apples and oranges are fruit; New York is large.',
  'function add(a, b) { return a + b } // const x = 1234567890; let hash = "d41d8cd98f00b204e9800998ecf8427e"',
  'The order number 100200300400 was shipped with tracking reference ABCD-1234. Total: $1,234.56 for 3 items.',
  'Quarterly revenue rose 12.5% to 4,567,890,123 dollars while costs fell by 3 percent. See section 4.5.6.',
  'Die Sitzung beginnt um 14 Uhr; bitte bringen Sie Unterlagen mit. Paris est la capitale de la France.',
  'Please summarise the following text in three sentences, using simple words that a child of 10 could understand.',
  'import { createRouter } from "modelyard"\nawait client.chat.completions.create({ model: "auto", messages: [] })',
  'uuid 550e8400-e29b-41d4-a716-446655440000, timestamps 1700000000000 and 1700000000, 2026-11-23T02:00:00.000Z',
  'SELECT id, name FROM users WHERE created_at > 2024-01-01 AND status = 3;',
  'Temperature: 23.5 C, pressure 1013 hPa, lat 52.5200 lon 13.4050, ratio 16:9, 10:30:59',
  'std::vector<int> v; Foo::bar(); a::b; https://example.com/a?b=c#d; C++11; x+1; @jane; jane@; @example.com; a @ b.c',
  'call tool get_weather with {"city":"Berlin","days":3,"request":"req_8f3a91c2"}; sk-learn and rk-4 are names.',
  'The password is secret: everyone loves it. Token of love; a bearer of news; basic arithmetic; the api key is missing.',
  '000-12-3456, 666-12-3456, 900-12-3456, 123-00-4567, 123-45-0000 are no numbers of anybody; 999.999.999.999, 1.2.3.4.5 no addresses',
  'Zahlen: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25',
  '| 100 | 200 | 300 |\n| 1000 | 2000 | 3000 |\n| 0.1 | 0.02 | 0.003 |',
  '日本の首都は東京です。人口は約1400万人です。',
]

describe('piiRedactor()', () => {
  const cases = Object.entries(found).flatMap(([kind, texts]) => texts.map((text) => [kind, text] as const))
  it.each(cases)('%s: %s', (kind, marked) => {
    expect(plain(marked)).not.toBe(marked)
    expect(redact(plain(marked))).toBe(masked(marked, kind))
  })

  it.each(ordinary)('leaves alone: %s', (text) => {
    expect(redact(text)).toBe(text)
  })

  it('finds only what it is to look for', () => {
    const text = 'jane@example.com 4111111111111111 203.0.113.42'
    expect(piiRedactor({ kinds: ['card'] })(text)).toBe('jane@example.com [card] 203.0.113.42')
    expect(piiRedactor({ kinds: ['email', 'ip'] })(text)).toBe('[email] 4111111111111111 [ip]')
    expect(piiRedactor({ kinds: [] })(text)).toBe(text)
  })

  it('refuses a kind that it does not know, and names those that there are', () => {
    expect(makeUnknown).toThrow(ModelyardError)
    expect(makeUnknown).toThrow(/kinds must be an array of secret, email, iban, card, ssn, ip, mac, phone/)
  })

  it('takes no number for a card or an account whose checksum is wrong, or that no issuer and no country has', () => {
    const numbers = [
      '4111 1111 1111 1112, 9111111111111111, 4111 1111 1111 111, 1234567890123452',
      'DE89 3704 0044 0532 0130 01, XX89 3704 0044 0532 0130 00, DE89 3704 0044 0532 0130 0, ADE89370400440532013000',
    ]
    for (const text of numbers) expect(piiRedactor({ kinds: ['card', 'iban'] })(text)).toBe(text)
  })

  it('finds every card with a right check digit, in any text, however it is grouped', () => {
    const digits = fc.stringMatching(/^4\d{14}$/).map((body) => `${body}${checkDigit(body)}`)
    const grouped = fc.tuple(digits, fc.constantFrom('', ' ', '-')).map(([number, gap]) => number.match(/\d{4}/g)?.join(gap) ?? '')
    fc.assert(
      fc.property(grouped, around(), around(), (card, before, after) => {
        expect(piiRedactor({ kinds: ['card'] })(`${before} ${card} ${after}`)).toBe(`${before} [card] ${after}`)
      }),
      { seed: 36, numRuns: 500 },
    )
  })

  it('finds every account with right check digits', () => {
    const iban = fc.stringMatching(/^\d{18}$/).map((bban) => `DE${ibanCheck('DE', bban)}${bban}`)
    fc.assert(
      fc.property(iban, fc.boolean(), around(), around(), (account, isGrouped, before, after) => {
        const written = isGrouped ? (account.match(/.{1,4}/g)?.join(' ') ?? '') : account
        expect(piiRedactor({ kinds: ['iban'] })(`${before} ${written} ${after}`)).toBe(`${before} [iban] ${after}`)
      }),
      { seed: 36, numRuns: 500 },
    )
  })

  it('finds nothing more in what it has made', () => {
    const piece = fc.oneof(
      fc.constantFrom(...Object.values(found).flat().map(plain), ...ordinary),
      fc.string({ unit: 'binary', maxLength: 20 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.constantFrom(' ', '\n', ', '), (pieces, gap) => {
        const once = redact(pieces.join(gap))
        expect(redact(once)).toBe(once)
      }),
      { seed: 36, numRuns: 1_000 },
    )
  })

  // At 200,000 characters what grows with the square of the text would take minutes.
  it.each(
    [
      '1',
      'a',
      'a@',
      'a.',
      '1-',
      '1 ',
      ' ',
      'ab:',
      '::',
      'AB12 ',
      '+1',
      '+',
      'eyJaaaaaaaa.',
      'eyJ',
      '-----BEGIN PRIVATE KEY-----',
      '://',
    ]
      .concat([
        '://a:',
        'sk-',
        'bearer ',
        'password=',
        'a@a.',
        '0',
        '0 ',
        'ssn ',
        '1.',
        '-',
        '("',
        "a'",
        '4111 ',
        '06 12 ',
        'gh',
        '{',
      ])
      .map((unit) => [unit]),
  )('is through with any text in a time that grows with its length: %j over and over', { timeout: 20_000 }, (unit) => {
    expect(redact(unit.repeat(Math.ceil(200_000 / unit.length))).length).toBeGreaterThan(0)
  })
})

const makeUnknown = (): unknown => Reflect.apply(piiRedactor, undefined, [{ kinds: ['emails'] }])

/** Brackets are those before and behind what is found: the innermost ones. */
const bracketed = /\{([^{}]+)\}/g

function plain(marked: string): string {
  return marked.replaceAll(bracketed, '$1')
}

function masked(marked: string, kind: string): string {
  return marked.replaceAll(bracketed, `[${kind}]`)
}

/** Words around it that are no digits. */
function around(): fc.Arbitrary<string> {
  return fc.stringMatching(/^[a-z ,.;]{0,20}$/).map((text) => text.trim())
}

function checkDigit(body: string): number {
  const sum = body
    .split('')
    .toReversed()
    .reduce((total, digit, place) => {
      const doubled = Number(digit) * (place % 2 === 0 ? 2 : 1)
      return total + (doubled > 9 ? doubled - 9 : doubled)
    }, 0)
  return (10 - (sum % 10)) % 10
}

function ibanCheck(country: string, bban: string): string {
  const letters = country
    .split('')
    .map((letter) => Number.parseInt(letter, 36))
    .join('')
  return String(98n - (BigInt(`${bban}${letters}00`) % 97n)).padStart(2, '0')
}

import type { Finder } from './finder.ts'

/** International bank account numbers: as long as the country's are, with the right check digits, in groups or in one. */
export const ibans: readonly Finder[] = [{ pattern: /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}/gi, lengthOf: ibanIn }]

/** How many characters an account number has by country (ISO 13616). */
const lengths: ReadonlyMap<string, number> = new Map(
  Object.entries({
    15: 'NO',
    16: 'BE',
    18: 'DK FK FI FO GL NL SD',
    19: 'MK SI',
    20: 'AT BA EE KZ LT LU MN XK',
    21: 'CH HR LI LV',
    22: 'BG BH CR DE GB GE IE ME RS VA',
    23: 'AE GI IL IQ OM SO TL',
    24: 'AD CZ ES MD PK RO SA SE SK TN VG',
    25: 'LY PT ST',
    26: 'IS TR',
    27: 'BI DJ FR GR IT MC MR SM',
    28: 'AL AZ BY CY DO GT HN HU LB NI PL SV',
    29: 'BR EG PS QA UA',
    30: 'JO KW MU YE',
    31: 'MT SC',
    32: 'LC',
    33: 'RU',
  }).flatMap(([length, countries]) => countries.split(' ').map((country) => [country, Number(length)] as const)),
)

/** How many characters are an account number; what stands behind them may be a word. */
function ibanIn(match: string): number {
  const length = lengths.get(match.slice(0, 2).toUpperCase())
  if (length === undefined) return 0
  let end = 0
  let account = ''
  while (account.length < length && end < match.length) {
    const character = match.charAt(end)
    if (character !== ' ' && character !== '-') account += character
    end += 1
  }
  const isCut = /[A-Za-z0-9]/.test(match.charAt(end))
  return account.length === length && !isCut && hasCheckDigits(account) ? end : 0
}

/** ISO 7064, modulo 97: letters count as 10 to 35, and country and check digits stand at the end. */
function hasCheckDigits(account: string): boolean {
  let rest = 0
  for (const character of account.slice(4) + account.slice(0, 4)) rest = Number(`${rest}${Number.parseInt(character, 36)}`) % 97
  return rest === 1
}

import type { Finder } from './finder.ts'

/** Numbers of payment cards: as long as the issuer's are, with the right check digit, in groups or in one. */
export const cards: readonly Finder[] = [{ pattern: /(?<!\d)[2-6]\d{3}(?:[ -]?\d){9,15}/g, lengthOf: cardIn }]

const [shortest, longest] = [13, 19]

/** How many characters are a card's number; what stands behind them may be another number. */
function cardIn(match: string): number {
  let digits = ''
  let length = 0
  for (let index = 0; index < match.length && digits.length < longest; index++) {
    const character = match.charAt(index)
    if (character < '0') continue
    digits += character
    const isGroup = !(match.charAt(index + 1) >= '0')
    if (digits.length >= shortest && isGroup && isIssued(digits) && hasCheckDigit(digits)) length = index + 1
  }
  return length
}

/** What issuers' numbers begin with, by length: from one group of four digits to another. */
const issued: readonly (readonly [length: number, from: number, to: number])[] = [
  [13, 4000, 4999],
  [14, 3000, 3059],
  [14, 3600, 3699],
  [14, 3800, 3999],
  [15, 3400, 3499],
  [15, 3700, 3799],
  [16, 2221, 2720],
  [16, 3528, 3589],
  [16, 4000, 6999],
  [17, 6000, 6999],
  [18, 6000, 6999],
  [19, 4000, 4999],
  [19, 6000, 6999],
]

function isIssued(digits: string): boolean {
  const first = Number(digits.slice(0, 4))
  return issued.some(([length, from, to]) => digits.length === length && first >= from && first <= to)
}

/** Luhn. */
function hasCheckDigit(digits: string): boolean {
  let sum = 0
  for (let place = 0; place < digits.length; place++) {
    const digit = Number(digits.charAt(digits.length - 1 - place))
    const doubled = place % 2 === 0 ? digit : digit * 2
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

import type { BudgetAnswer, BudgetTally } from '../contracts/budget.ts'

/** An answer of the script that reserves. */
export function answerOf(reply: unknown, count: number): BudgetAnswer {
  const [word, ...rest]: readonly unknown[] = Array.isArray(reply) ? reply : []
  if (word === 'moved') return { now: Number(rest[0]) }
  const tallies = talliesOf(rest, count)
  // Clients give whole numbers as numbers or as text, depending on how they are set up.
  const place = Number(word)
  if (!Number.isInteger(place) || place < 0 || place > count) throw noAnswer()
  return place === 0 ? { granted: true, tallies } : { granted: false, by: place - 1, tallies }
}

/** Its tallies, three words each. */
export function talliesOf(reply: unknown, count: number): readonly BudgetTally[] {
  const amounts: readonly unknown[] = Array.isArray(reply) ? reply : []
  if (amounts.length !== 3 * count) throw noAnswer()
  return Array.from({ length: count }, (_, at) => ({
    spent: amountOf(amounts[3 * at]),
    likely: amountOf(amounts[3 * at + 1]),
    most: amountOf(amounts[3 * at + 2]),
  }))
}

function amountOf(word: unknown): bigint {
  if (typeof word !== 'string' || !/^-?\d+$/.test(word)) throw noAnswer()
  return BigInt(word)
}

function noAnswer(): TypeError {
  return new TypeError('Redis gave an answer that is none of the script.')
}

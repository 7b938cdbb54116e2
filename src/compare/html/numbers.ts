import type { Estimate } from '../report.ts'

/** How a kind of number is written. */
export type Format = (value: number) => string

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const cents = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD' })
const small = new Intl.NumberFormat('en', {
  style: 'currency',
  currency: 'USD',
  minimumSignificantDigits: 2,
  maximumSignificantDigits: 3,
})
const oneDigit = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 })
const twoLeading = new Intl.NumberFormat('en', { maximumSignificantDigits: 2 })
const twoDigits = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })

export const count: Format = (value) => grouped.format(value)

/** Dollars: cents from a dollar on, two or three digits that say something below. */
export const usd: Format = (value) => (value === 0 || Math.abs(value) >= 1 ? cents : small).format(value)

/** A share from 0 to 1 in percent; one decimal where a whole percent would hide the difference to none or all. */
export const percent: Format = (value) => {
  const of100 = value * 100
  const nearEdge = (of100 > 0 && of100 < 1) || (of100 > 99 && of100 < 100)
  return `${nearEdge ? oneDigit.format(of100) : grouped.format(of100)}%`
}

/** Milliseconds below a second, seconds from there on. */
export const duration: Format = (ms) => {
  if (Math.abs(ms) < 9.5) return `${twoLeading.format(ms)} ms`
  if (Math.abs(ms) < 999.5) return `${grouped.format(ms)} ms`
  return `${(Math.abs(ms) < 9_995 ? twoDigits : oneDigit).format(ms / 1000)} s`
}

/** A number with few digits: 4.2, 12, 1,200. */
export const plain: Format = (value) => (Math.abs(value) < 10 ? oneDigit : grouped).format(value)

/** The same with a sign in front, for differences. */
export function signed(format: Format): Format {
  return (value) => (value > 0 ? `+${format(value)}` : value < 0 ? `\u2212${format(-value)}` : format(0))
}

/** A probability, as papers write it. */
export const probability: Format = (value) => (value < 0.001 ? '< 0.001' : value.toFixed(3))

/** `64% to 78%` as text. */
export function range({ low, high }: Estimate, format: Format): string {
  return low === high ? format(low) : `${format(low)} to ${format(high)}`
}

/** `1 call`, `2 calls` */
export function quantity(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`
}

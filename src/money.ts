import type { Usage } from './contracts/usage.ts'

/** Pico-dollars as a number of dollars, for display. */
export function usdOf(picoUsd: bigint): number {
  return Number(picoUsd) / 1e12
}

/** Dollars as pico-dollars, rounded to the nearest. */
export function picoOf(usd: number): bigint {
  return BigInt(Math.round(usd * 1e12))
}

/** Pico-dollars as dollars in decimal notation, exact: `0.00042`. */
export function decimalUsd(picoUsd: bigint): string {
  const sign = picoUsd < 0n ? '-' : ''
  const digits = String(picoUsd < 0n ? -picoUsd : picoUsd).padStart(13, '0')
  const fraction = digits.slice(-12).replace(/0+$/, '')
  return `${sign}${digits.slice(0, -12)}${fraction === '' ? '' : `.${fraction}`}`
}

/**
 * Dollars for people: two decimals from one cent up, else two significant digits (`$0.00042`), so that small calls do not
 * read as free.
 */
export function formatUsd(usd: number | null | undefined): string {
  if (usd === null || usd === undefined || !Number.isFinite(usd)) return 'unknown'
  const size = Math.abs(usd)
  const sign = usd < 0 ? '-' : ''
  if (size === 0) return '$0.00'
  if (size >= 0.01) return `${sign}$${size.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`
  const decimals = Math.min(12, 1 - Math.floor(Math.log10(size)))
  return `${sign}$${size.toFixed(decimals)}`
}

/** The usage at another vendor's prices: service tiers and regions are words of the vendor that was asked. */
export function withoutTerms(usage: Usage): Usage {
  if (usage.serviceTier === undefined && usage.region === undefined) return usage
  const { serviceTier: _tier, region: _region, ...tokens } = usage
  return tokens
}

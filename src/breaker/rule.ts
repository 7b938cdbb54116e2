/** When a circuit opens, for how long, and how long its test may take. */
export interface BreakerRule {
  /** Failures in a row that open the circuit. Default 5. */
  readonly failures: number
  /** How long an opened circuit stays open, in ms. Default 30,000. */
  readonly cooldownMs: number
  /** How long a test holds its slot if nothing is reported, in ms; the router sets it to `totalMs`. Default 600,000. */
  readonly probeLeaseMs: number
  /** By how much the cooldown grows with every failed test; 1 keeps it constant. Default 1. */
  readonly cooldownFactor: number
  /** The cooldown's limit when it grows, in ms. Default 300,000, or `cooldownMs` where that is more. */
  readonly maxCooldownMs: number
  /** Lengthens or shortens every cooldown at random by at most this share of it, 0 to 1. Default 0. */
  readonly jitter: number
}

/** A rule with its defaults left out. */
export type BreakerOptions = Partial<BreakerRule>

/** The longest hold that a circuit accepts, and the longest a timer can wait: 24.8 days. */
export const longestHoldMs = 2 ** 31 - 1

/**
 * Fills in the defaults and checks the result.
 * @throws RangeError that names the field and says what came.
 */
export function checkRule(options: BreakerOptions = {}): BreakerRule {
  const rule = withDefaults(options)
  const fits: Record<keyof BreakerRule, boolean> = {
    failures: Number.isInteger(rule.failures) && rule.failures >= 1,
    cooldownMs: isHold(rule.cooldownMs),
    probeLeaseMs: isHold(rule.probeLeaseMs) && rule.probeLeaseMs > 0,
    cooldownFactor: Number.isFinite(rule.cooldownFactor) && rule.cooldownFactor >= 1,
    maxCooldownMs: isHold(rule.maxCooldownMs) && rule.maxCooldownMs >= rule.cooldownMs,
    jitter: Number.isFinite(rule.jitter) && rule.jitter >= 0 && rule.jitter <= 1,
  }
  for (const field of fields) {
    if (!fits[field]) throw new RangeError(`breaker.${field} must be ${wanted[field]}, got ${shown(rule[field])}`)
  }
  return Object.freeze(rule)
}

/** How long a circuit stays open that opened `openings` times before without closing. `random` gives 0 up to 1. */
export function cooldownOf(rule: BreakerRule, openings: number, random: () => number): number {
  if (rule.cooldownMs === 0) return 0
  const grown = Math.min(rule.cooldownMs * rule.cooldownFactor ** openings, rule.maxCooldownMs)
  return rule.jitter === 0 ? grown : Math.min(grown * (1 + rule.jitter * (2 * random() - 1)), longestHoldMs)
}

const hold = `a number of milliseconds from 0 to ${longestHoldMs}`

const wanted: Readonly<Record<keyof BreakerRule, string>> = {
  failures: 'a whole number of at least 1',
  cooldownMs: hold,
  probeLeaseMs: `${hold}, and not 0`,
  cooldownFactor: 'a number of at least 1',
  maxCooldownMs: `${hold}, and not less than cooldownMs`,
  jitter: 'a number from 0 to 1',
}

const fields = ['failures', 'cooldownMs', 'probeLeaseMs', 'cooldownFactor', 'maxCooldownMs', 'jitter'] as const

function withDefaults({
  failures = 5,
  cooldownMs = 30_000,
  probeLeaseMs = 600_000,
  cooldownFactor = 1,
  maxCooldownMs = Math.max(300_000, cooldownMs),
  jitter = 0,
}: BreakerOptions): BreakerRule {
  return { failures, cooldownMs, probeLeaseMs, cooldownFactor, maxCooldownMs, jitter }
}

function isHold(ms: number): boolean {
  return Number.isFinite(ms) && ms >= 0 && ms <= longestHoldMs
}

// Typed as a number, but from JavaScript anything may come.
function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

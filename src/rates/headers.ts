/** What a limit counts. */
export type RateUnit = 'requests' | 'tokens' | 'input' | 'output'

/** One limit as a vendor's headers tell it. */
export interface RateHeaders {
  readonly unit: RateUnit
  readonly remaining: string
  readonly limit?: string
  readonly reset?: string
  /** Until it is full again, where no header says so. */
  readonly windowMs: number
}

/** The headers of vendors who write them alike. */
export interface RateFamily {
  /** Whether what was used comes back little by little, so that `reset` is when all of it is back; otherwise all at once. */
  readonly refills: boolean
  readonly rows: readonly RateHeaders[]
}

const minuteMs = 60_000
const dayMs = 86_400_000

/**
 * The families in the order in which they are looked for. Sources, as of 2026-11-22: the rate limit pages of OpenAI
 * (platform.openai.com/docs/guides/rate-limits), Anthropic (platform.claude.com/docs/en/api/rate-limits), Groq
 * (console.groq.com/docs/rate-limits), Azure (learn.microsoft.com, quota of Azure OpenAI), Mistral (docs.mistral.ai),
 * Cerebras (inference-docs.cerebras.ai/support/rate-limits), Replicate and the IETF draft `ratelimit-headers`.
 */
export const rateFamilies: readonly RateFamily[] = [
  // OpenAI, and who follows it: Azure, Groq, xAI, Perplexity, Fireworks. Azure leaves `reset` out or gives plain seconds.
  { refills: true, rows: [xRow('requests'), xRow('tokens')] },
  {
    refills: true,
    rows: [
      anthropicRow('requests', 'requests'),
      anthropicRow('input', 'input-tokens'),
      anthropicRow('output', 'output-tokens'),
      anthropicRow('tokens', 'tokens'),
    ],
  },
  // Mistral and Cerebras name the window in the header.
  {
    refills: false,
    rows: [
      xRow('requests', 'req-minute', minuteMs),
      xRow('tokens', 'tokens-minute', minuteMs),
      xRow('requests', 'requests-day', dayMs),
    ],
  },
  // Replicate and the draft of the IETF.
  { refills: false, rows: [plainRow('ratelimit-')] },
  // Together and OpenRouter.
  { refills: false, rows: [plainRow('x-ratelimit-')] },
]

function xRow(unit: RateUnit, name: string = unit, windowMs = minuteMs): RateHeaders {
  return {
    unit,
    remaining: `x-ratelimit-remaining-${name}`,
    limit: `x-ratelimit-limit-${name}`,
    reset: `x-ratelimit-reset-${name}`,
    windowMs,
  }
}

function anthropicRow(unit: RateUnit, name: string): RateHeaders {
  const prefix = `anthropic-ratelimit-${name}`
  return { unit, remaining: `${prefix}-remaining`, limit: `${prefix}-limit`, reset: `${prefix}-reset`, windowMs: minuteMs }
}

function plainRow(prefix: string): RateHeaders {
  return { unit: 'requests', remaining: `${prefix}remaining`, limit: `${prefix}limit`, reset: `${prefix}reset`, windowMs: minuteMs }
}

import type { Tier } from '../../contracts/catalog.ts'
import type { ChatRequest } from '../../contracts/chat.ts'
import type { Classifier, Complexity } from '../../contracts/policy.ts'
import { featuresOf } from './features.ts'
import type { FeatureName, Features } from './features.ts'
import { createVocabulary } from './vocabulary.ts'
import type { Vocabulary } from './vocabulary.ts'
import { bias, weights } from './weights.ts'

/**
 * Judges how hard a request is by what kind of work it names, how it looks and what it brings along. No network, no
 * state of requests, bounded work: it reads at most 2,800 characters of the task and of the system prompt. A simple or complex
 * verdict has to be clear; what is not is `standard`. Requests with tools or in unknown scripts are never `simple`.
 */
export function createClassifier(): { classify(request: ChatRequest): Complexity } & Classifier {
  let vocabulary: Vocabulary | undefined
  return { classify: (request) => judge(featuresOf(request, (vocabulary ??= createVocabulary()))) }
}

/** What those features amount to. */
function judge(features: Features): Complexity {
  const sums: { -readonly [tier in Tier]: number } = { ...bias }
  for (const [name, strength] of features) {
    const weight = weights[name]
    if (weight === undefined) continue
    for (const tier of tiers) sums[tier] += (weight[tier] ?? 0) * strength
  }
  const shares = softmax(sums)
  const tier = verdict(shares, features)
  return {
    tier,
    score: shares.complex + shares.standard / 2,
    confidence: shares[tier],
    signals: signalsFor(features, tier),
  }
}

const tiers = ['simple', 'standard', 'complex'] as const satisfies readonly Tier[]
/** How clear a verdict other than standard has to be. */
const clear = { simple: 0.5, complex: 0.42 } as const
/** With these a request is never simple. */
const floors: readonly FeatureName[] = ['tools', 'toolLoop', 'unknownScript']
const mostSignals = 5

type Shares = Readonly<Record<Tier, number>>

function softmax(sums: Shares): Shares {
  const top = Math.max(...Object.values(sums))
  const simple = Math.exp(sums.simple - top)
  const standard = Math.exp(sums.standard - top)
  const complex = Math.exp(sums.complex - top)
  const total = simple + standard + complex
  return { simple: simple / total, standard: standard / total, complex: complex / total }
}

function verdict(shares: Shares, features: Features): Tier {
  if (shares.complex >= clear.complex && shares.complex >= shares.simple) return 'complex'
  const isFloored = floors.some((name) => features.has(name))
  return shares.simple >= clear.simple && !isFloored ? 'simple' : 'standard'
}

/** The strongest reasons for the tier, in words of our own. */
function signalsFor(features: Features, tier: Tier): readonly string[] {
  const reasons: { says: string; force: number }[] = []
  for (const [name, strength] of features) {
    const weight = weights[name]
    const force = weight === undefined ? 0 : strength * ((weight[tier] ?? 0) - against(weight, tier))
    if (weight !== undefined && force > 0) reasons.push({ says: weight.says, force })
  }
  return reasons
    .toSorted((a, b) => b.force - a.force)
    .slice(0, mostSignals)
    .map(({ says }) => says)
}

function against(weight: { readonly [tier in Tier]?: number }, tier: Tier): number {
  const others = tiers.filter((other) => other !== tier).map((other) => weight[other] ?? 0)
  return Math.max(...others)
}

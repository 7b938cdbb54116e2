import type { ChainLink, Decision, RejectedTarget, Stay } from './decision.ts'

/** What a decision is with words: `String(decision)` is {@link decisionText}. Its data stay as they are. */
class Told {
  toString(this: Decision): string {
    return decisionText(this)
  }
}

/** Gives the decision its words. Done when somebody looks at it, and to the object itself: a call does not pay for it. */
export function putIntoWords(decision: Decision): void {
  if (!(decision instanceof Told)) Object.setPrototypeOf(decision, Told.prototype)
}

/**
 * A decision in words: a sentence on where the request goes and why, then whatever else there is to say, each on a line of
 * its own. `figures`: what is to be said of each target of the chain, in its order.
 */
export function decisionText(decision: Decision, figures: readonly string[] = []): string {
  const { affinity, chain, escalation = [], rejected, shared = [], warnings } = decision
  return [
    `${subject(decision)} ${way(chain)}`,
    ...figures.map((figure, index) => `  ${index + 1}. ${chain[index]?.target ?? ''}: ${figure}`),
    ...shared.map(({ model, by, order }) => `Shared by ${by}: ${model} is ${listed(order.map(({ target }) => target))}.`),
    ...(affinity === undefined ? [] : [staying(affinity)]),
    ...escalation.map((step) => `If the answer is not good enough, ${step.requested}: ${listed(step.chain.map(idOf))}.`),
    ...rejected.map(passedOver),
    ...warnings.map((warning) => `Note: ${warning}.`),
  ].join('\n')
}

/** What was asked for, by whom, and how hard it is. */
function subject(decision: Decision): string {
  const { requested, tier, complexity } = decision
  const what = `${quoted(requested)}${whose(decision)}`
  if (complexity === undefined) return tier === undefined || requested === `tier:${tier}` ? what : `${what} (tier ${tier})`
  const { score, confidence, signals } = complexity
  const why = signals.length === 0 ? '' : `: ${signals.join(', ')}`
  const asked = `${what} is ${complexity.tier} (score ${score.toFixed(2)}, confidence ${confidence.toFixed(2)}${why})`
  return tier === complexity.tier ? `${asked} and` : `${asked}, is served as ${tier ?? 'it is named'} and`
}

function whose({ agent, tenant }: Decision): string {
  return `${agent === undefined ? '' : ` of agent ${agent}`}${tenant === undefined ? '' : ` for tenant ${tenant}`}`
}

function way(chain: readonly ChainLink[]): string {
  const [first, ...others] = chain.map(idOf)
  if (first === undefined) return 'goes nowhere: no target can serve it.'
  return others.length === 0 ? `goes to ${first}.` : `goes to ${first}, then, should that fail, to ${listed(others, 'or')}.`
}

function staying({ target, stays, savingUsd, extraUsd }: Stay): string {
  const sums =
    savingUsd === null || extraUsd === null ? '' : `: its cache saves $${plain(savingUsd)}, it costs $${plain(extraUsd)} more`
  return `The conversation ${stays ? 'stays with' : 'leaves'} ${target}${sums}.`
}

function passedOver({ target, reason, detail }: RejectedTarget): string {
  return `Not ${target} (${reason}): ${detail}.`
}

function idOf({ target }: ChainLink): string {
  return target
}

function quoted(name: string): string {
  return name === 'auto' ? 'auto' : JSON.stringify(name)
}

function plain(usd: number): string {
  return Number(usd.toPrecision(2)).toLocaleString('en-US', { maximumFractionDigits: 12 })
}

/** `a`, `a and b`, `a, b and c`. */
function listed(names: readonly string[], joint = 'and'): string {
  const last = names.at(-1) ?? 'nobody'
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} ${joint} ${last}`
}

import type { AuditEvent } from './contracts/audit.ts'
import type { ChatRequest } from './contracts/chat.ts'
import type { Decision } from './decision.ts'
import { needsOf } from './needs.ts'

/** A decision as the trail has it: enough to make it again under another policy, without any content. */
export function decisionEvent(
  decision: Decision,
  request: ChatRequest | undefined,
): Extract<AuditEvent, { type: 'decision.made' }> {
  const { chain, rejected, warnings, tier, complexity } = decision
  return {
    type: 'decision.made',
    chain: chain.map(({ target }) => target),
    rejected: rejected.map(({ target, reason }) => ({ target, reason })),
    warnings,
    ...(tier !== undefined && { tier }),
    ...(complexity !== undefined && {
      complexity: complexity.tier,
      score: complexity.score,
      confidence: complexity.confidence,
    }),
    ...(request !== undefined && { needs: needsOf(request) }),
  }
}

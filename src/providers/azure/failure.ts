import type { Failure } from '../../contracts/failure.ts'
import { refusals as openaiRefusals } from '../openai/failure.ts'
import { failureFromThrown } from '../shared/failure.ts'
import { isObject, textOf } from '../shared/json.ts'
import type { Recogniser } from '../shared/recognise.ts'

/** What this place says in words of its own; the rest are OpenAI's. */
export const refusals: readonly Recogniser[] = [
  // learn.microsoft.com/azure/ai-foundry/openai: a deployment that is not there, or whose model cannot do the operation.
  { kind: 'not_found', code: ['deploymentnotfound', 'operationnotsupported', 'modeldeprecated'] },
  { kind: 'content_filter', code: ['responsibleaipolicyviolation'] },
  {
    kind: 'overloaded',
    status: [429, 500, 503],
    code: ['nocapacity', 'engineoverloaded'],
  },
  {
    kind: 'overloaded',
    status: [429, 500, 503],
    text: /no capacity|(?:heavy|high) (?:load|demand)|temporarily unable to process/i,
  },
  // "… have exceeded call rate limit of your current … pricing tier": to be waited for, whatever else the text says of quota.
  { kind: 'rate_limit', status: [429], text: /exceeded (?:the )?(?:call|token) rate limit|rate limit is exceeded/i },
  ...openaiRefusals,
]

/** Puts whatever the adapter threw into our words. The filter's verdict stands one level deeper in the error. */
export function failure(error: unknown): Failure {
  const found = failureFromThrown(error, refusals)
  return innerCode(found.body) === 'ResponsibleAIPolicyViolation' ? { ...found, kind: 'content_filter' } : found
}

function innerCode(body: unknown): string | undefined {
  const inner = isObject(body) ? body['innererror'] : undefined
  return isObject(inner) ? textOf(inner['code']) : undefined
}

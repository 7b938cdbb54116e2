import type { ChatCompletion } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'

/** Why an answer ended, in OpenAI's words. */
export type FinishReason = ChatCompletion['choices'][number]['finish_reason']

/** The vendor's reasons. `failed`: the model produced something unusable, so another try may help. */
const reasons: Readonly<Record<string, FinishReason | 'failed'>> = {
  STOP: 'stop',
  FINISH_REASON_UNSPECIFIED: 'stop',
  OTHER: 'stop',
  NO_IMAGE: 'stop',
  IMAGE_OTHER: 'stop',
  MAX_TOKENS: 'length',
  // The limit of one request was reached; the SDK would silently send another one.
  CONTINUATION: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  LANGUAGE: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  IMAGE_PROHIBITED_CONTENT: 'content_filter',
  IMAGE_RECITATION: 'content_filter',
  // Seen on the wire, missing in the SDK's list.
  MODEL_ARMOR: 'content_filter',
  MALFORMED_FUNCTION_CALL: 'failed',
  UNEXPECTED_TOOL_CALL: 'failed',
  TOO_MANY_TOOL_CALLS: 'failed',
  MALFORMED_RESPONSE: 'failed',
}

/**
 * OpenAI's word for the vendor's; a reason that is not known is a plain end.
 *
 * @throws AttemptError `server` where the model's output was unusable.
 */
export function toFinishReason(
  reason: string | undefined,
  { calls, message }: { readonly calls: boolean; readonly message?: string | undefined },
): FinishReason {
  const known = reasons[reason ?? 'STOP'] ?? 'stop'
  if (known === 'failed')
    throw new AttemptError('server', message ?? `The model's answer was unusable: ${reason ?? ''}`, { code: reason ?? null })
  return known === 'stop' && calls ? 'tool_calls' : known
}

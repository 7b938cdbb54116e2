import type OpenAI from 'openai'
import type { ModerateCall } from '../../contracts/adapter.ts'
import { AttemptError } from '../../errors.ts'
import { bodyText } from '../shared/body-text.ts'
import { answerObject } from '../shared/completion.ts'
import { isModeration } from '../shared/moderation.ts'
import { refusals } from './failure.ts'
import type { Send } from './send.ts'

/** One judgement. A model that nobody named is not named to the vendor either, which has its own default. */
export async function moderation(call: ModerateCall, send: Send): Promise<OpenAI.ModerationCreateResponse> {
  const { request, model, providerOptions, signal } = call
  const isNamed = request.model !== undefined && request.model !== null
  const response = await send(call, '/moderations', { ...request, ...(isNamed && { model }), ...providerOptions })
  const answer: unknown = answerObject(await bodyText(response, signal), refusals)
  if (isModeration(answer)) return answer
  throw new AttemptError('malformed', 'The answer has no verdicts in `results`.')
}

import type { ChatCompletion } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import { faultOf, finishOf, headOf, usageOf, type Prediction } from './prediction.ts'

/** What the answer takes from the call. */
export interface AnswerStyle {
  /** The model that was asked. */
  readonly model: string
  /** The most tokens that the answer may have. */
  readonly limit: number | undefined
}

/**
 * A prediction that is over as a completion. One that a filter stopped in the middle of its answer is an answer that a
 * filter cut.
 */
export function completionOf(prediction: Prediction, { model, limit }: AnswerStyle): ChatCompletion {
  const fault = faultOf(prediction)
  const { text } = prediction
  const isFiltered = fault?.failure.kind === 'content_filter' && text !== undefined && text !== ''
  if (fault !== undefined && !isFiltered) throw fault
  if (text === undefined) throw new AttemptError('malformed', 'The output of the prediction is no text.')
  const usage = usageOf(prediction)
  return {
    ...headOf(prediction, model),
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text, refusal: null },
        logprobs: null,
        finish_reason: isFiltered ? 'content_filter' : finishOf(prediction, limit),
      },
    ],
    ...(usage !== undefined && { usage }),
  }
}

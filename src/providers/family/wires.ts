import type { AdapterCall } from '../../contracts/adapter.ts'
import type { Reading } from '../openai/reading.ts'
import type { JsonObject } from '../shared/json.ts'
import { wholeAnswer } from './answer.ts'
import type { AnswerContext } from './answer.ts'
import { chunkTidier } from './chunk.ts'
import { cohereAnswer } from './cohere-answer.ts'
import { cohereBody } from './cohere-request.ts'
import { cohereEvents } from './cohere-stream.ts'
import type { Profile } from './profile.ts'
import { chatBody } from './request.ts'
import type { BodyContext } from './request.ts'

/** A wire format: where requests go, what they are, and how answers are read. */
export interface Wire {
  readonly path: string
  readonly body: (call: AdapterCall, context: BodyContext) => JsonObject
  readonly reading: (context: AnswerContext) => Reading
}

/** The wire formats of the family. */
export const wires: Readonly<Record<Profile['wire'], Wire>> = {
  openai: {
    path: '/chat/completions',
    body: chatBody,
    reading: (context) => ({
      refusals: context.profile.refusals,
      infersFinish: context.profile.infersFinish,
      whole: (answer) => wholeAnswer(answer, context),
      events: () => chunkTidier(context),
    }),
  },
  cohere: {
    path: '/chat',
    body: cohereBody,
    reading: (context) => ({
      refusals: context.profile.refusals,
      whole: (answer) => wholeAnswer(cohereAnswer(answer, context.model), context),
      events: () => {
        const translate = cohereEvents(context.model)
        const tidy = chunkTidier(context)
        return (event) => {
          const chunk = translate(event)
          return chunk === undefined ? undefined : tidy(chunk)
        }
      },
    }),
  },
}

import { isObject } from '../json.ts'
import type { JsonObject } from '../json.ts'
import type { Dialect, VendorError } from './dialect.ts'
import { openAIEvents, openAIManner, openAIWhole } from './openai-answer.ts'
import type { AnswerManner } from './openai-answer.ts'
import { openAIError } from './openai-errors.ts'
import { openaiDialect } from './openai.ts'
import type { Turn } from './turn.ts'

/** In what a vendor that speaks OpenAI's chat completions has its own way. */
export interface CompatibleVendor extends Pick<Dialect, 'vendor' | 'basePath' | 'exampleModel'> {
  /** What it refuses of a body before it generates anything. */
  readonly refuses: (body: JsonObject, turn: Turn) => VendorError | undefined
  readonly manner?: Partial<AnswerManner>
  readonly problem?: Dialect['problem']
  readonly status?: Dialect['status']
}

/** OpenAI's paths below another base, with checks and answers of the vendor's own. */
export function compatibleDialect({ refuses, manner: own, ...vendor }: CompatibleVendor): Dialect {
  const manner = { ...openAIManner, ...own }
  return {
    ...openaiDialect,
    read: ({ path, ...request }) =>
      path.startsWith(vendor.basePath)
        ? openaiDialect.read({ ...request, path: `/v1${path.slice(vendor.basePath.length)}` })
        : undefined,
    check({ body }, turn) {
      if (!isObject(body)) return openAIError(400, { message: 'invalid JSON body' })
      return turn.operation === 'chat' ? refuses(body, turn) : undefined
    },
    whole: (reply, turn, stamp) => openAIWhole(reply, { turn, stamp }, manner),
    events: (reply, turn, stamp) => openAIEvents(reply, { turn, stamp }, manner),
    headers: (stamp) => ({ 'x-request-id': stamp.id('req_') }),
    ...vendor,
  }
}

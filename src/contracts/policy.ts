import type { ChatRequest } from './chat.ts'
import type { Tier } from './catalog.ts'

/** What a classifier says of one request. */
export interface Complexity {
  readonly tier: Tier
  /** 0 = the weakest model does, 1 = the strongest is needed. */
  readonly score: number
  /** How sure the classifier is, 0 to 1. */
  readonly confidence: number
  /** What spoke for the tier, readable and free of the prompt's text (`'asks for a plan'`, `'3 tools'`). */
  readonly signals: readonly string[]
}

/** Decides how hard a request is. Asked only for `model: 'auto'`. A promise is awaited; a rejection means `standard`. */
export interface Classifier {
  classify(request: ChatRequest): Complexity | Promise<Complexity>
}

/** Why a candidate cannot serve a request. */
export interface Rejection {
  readonly reason:
    | 'unsupported'
    | 'modality'
    | 'context_window'
    | 'region'
    | 'retired'
    | 'missing_key'
    | 'strict'
    | 'price_cap'
    | 'unpriced'
    | 'model_not_allowed'
  /** The field of the request that decides, where one does. */
  readonly field?: string
  /** One sentence for people; names models and fields, never content. */
  readonly detail: string
}

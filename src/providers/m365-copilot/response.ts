import type OpenAI from 'openai'
import type { ChatCompletion } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import type { JsonObject } from '../shared/json.ts'
import { annotationsOf } from './annotations.ts'
import { AnswerText } from './answer-text.ts'
import type { Markup } from './answer-text.ts'
import { conversationOf } from './conversation.ts'
import { estimatedUsage } from './usage.ts'

/** What an answer is read with. */
export interface Style {
  /** The model that was asked; the service names none. */
  readonly model: string
  readonly markup: Markup
  /** What was asked. */
  readonly prompt: string
  /** All texts that were sent. */
  readonly texts: readonly string[]
  /** The conversation's id. */
  readonly conversation: string
}

/** A conversation after its turn as a completion. Throws where nothing in it is an answer. */
export function completionOf(value: JsonObject, { model, markup, prompt, texts, conversation }: Style): ChatCompletion {
  const { answer, isDisengaged } = conversationOf(value, prompt)
  if (answer === undefined && !isDisengaged) throw new AttemptError('malformed', 'The conversation has no answer.')
  const text = new AnswerText(markup)
  const content = text.rest(answer?.text ?? '') ?? ''
  const annotations = annotationsOf(answer?.attributions ?? [], answer?.text ?? '', markup)
  const message: OpenAI.ChatCompletionMessage = {
    role: 'assistant',
    content,
    refusal: null,
    ...(annotations.length > 0 && { annotations }),
  }
  return {
    id: conversation,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: isDisengaged ? 'content_filter' : 'stop' }],
    usage: estimatedUsage(texts, content),
  }
}

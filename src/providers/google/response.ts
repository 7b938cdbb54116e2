import type OpenAI from 'openai'
import type { AssistantExtras, ChatCompletion } from '../../contracts/chat.ts'
import { AttemptError } from '../../errors.ts'
import { isObject, textOf } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import { toAnnotations } from './annotations.ts'
import { toFinishReason } from './finish.ts'
import { toLogprobs } from './logprobs.ts'
import { blockReason, extraContent, headOf, objectsOf, partsOf, TurnReader } from './turn.ts'
import type { AnswerContext, Said } from './turn.ts'
import { searchesOf, toServiceTier, toUsage } from './usage.ts'

type Choice = ChatCompletion['choices'][number]
/** An assistant message with what adapters add to it. */
export type Message = OpenAI.ChatCompletionMessage &
  AssistantExtras & { readonly images?: readonly OpenAI.ChatCompletionContentPartImage[] }

/** A unary answer in OpenAI's shape. Pure, but for the ids of calls that came without one. */
export function toChatCompletion(body: JsonObject, context: AnswerContext): ChatCompletion {
  const metadata = isObject(body['usageMetadata']) ? body['usageMetadata'] : undefined
  const searches = objectsOf(body['candidates']).map((candidate) => searchesOf(candidate, context.model))
  const usage = toUsage(metadata, Math.max(0, ...searches))
  const tier = toServiceTier(metadata)
  return {
    ...headOf(body, context.model),
    object: 'chat.completion',
    choices: choicesOf(body, context),
    ...(usage === undefined ? {} : { usage }),
    ...(tier === undefined ? {} : { service_tier: tier }),
  }
}

function choicesOf(body: JsonObject, context: AnswerContext): Choice[] {
  const candidates = objectsOf(body['candidates'])
  if (candidates.length > 0) return candidates.map((candidate, position) => toChoice(candidate, { position, context }))
  const refusal = blockReason(body)
  if (refusal === undefined) throw new AttemptError('malformed', 'The answer has neither candidates nor a reason for having none.')
  return [{ index: 0, message: { role: 'assistant', content: null, refusal }, logprobs: null, finish_reason: 'content_filter' }]
}

function toChoice(
  candidate: JsonObject,
  { position, context }: { readonly position: number; readonly context: AnswerContext },
): Choice {
  const turn = new TurnReader(context)
  const parts = partsOf(candidate)
  const said: Said[] = []
  for (const part of parts) {
    const each = turn.take(part)
    if (each !== undefined) said.push(each)
  }
  const finish_reason = toFinishReason(textOf(candidate['finishReason']), {
    calls: turn.calls > 0,
    message: textOf(candidate['finishMessage']),
  })
  const message = toMessage(said, candidate)
  const state = turn.state()
  return {
    index: typeof candidate['index'] === 'number' ? candidate['index'] : position,
    message: {
      ...message,
      ...(finish_reason === 'content_filter' && message.content === null
        ? { refusal: textOf(candidate['finishMessage']) ?? null }
        : {}),
      ...(state === undefined ? {} : { provider_state: state }),
    },
    logprobs: toLogprobs(candidate['logprobsResult']),
    finish_reason,
  }
}

function toMessage(said: readonly Said[], candidate: JsonObject): Message {
  const text = textOfKind(said, 'text')
  const reasoning = textOfKind(said, 'reasoning')
  const annotations = toAnnotations(candidate, { text, parts: partsOf(candidate) })
  const calls = said.flatMap((each) => (each.kind === 'call' ? [each.call] : []))
  const media = said.flatMap((each) => (each.kind === 'media' ? [each] : []))
  const images = media.filter(({ mimeType }) => mimeType.startsWith('image/'))
  const audio = media.find(({ mimeType }) => mimeType.startsWith('audio/'))
  return {
    role: 'assistant',
    content: text === '' ? null : text,
    refusal: null,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(annotations.length === 0 ? {} : { annotations }),
    ...(calls.length === 0
      ? {}
      : {
          tool_calls: calls.map(({ id, name, signature, ...call }) => ({
            id,
            type: 'function' as const,
            function: { name, arguments: call.arguments },
            ...extraContent(signature),
          })),
        }),
    ...(images.length === 0 ? {} : { images: images.map(toImage) }),
    ...(audio === undefined ? {} : { audio: { id: 'audio_0', data: audio.data, expires_at: 0, transcript: '' } }),
  }
}

function textOfKind(said: readonly Said[], kind: 'text' | 'reasoning'): string {
  return said.map((each) => (each.kind === kind && 'text' in each ? each.text : '')).join('')
}

/** Where OpenAI has no field, the one that other gateways use for generated images. */
export function toImage({
  mimeType,
  data,
}: {
  readonly mimeType: string
  readonly data: string
}): OpenAI.ChatCompletionContentPartImage {
  return { type: 'image_url', image_url: { url: `data:${mimeType};base64,${data}` } }
}

import type OpenAI from 'openai'

type Fields<Body> = Readonly<Record<keyof Body, true>>

const chat: Fields<OpenAI.ChatCompletionCreateParamsNonStreaming> = {
  messages: true,
  model: true,
  audio: true,
  frequency_penalty: true,
  function_call: true,
  functions: true,
  logit_bias: true,
  logprobs: true,
  max_completion_tokens: true,
  max_tokens: true,
  metadata: true,
  modalities: true,
  moderation: true,
  n: true,
  parallel_tool_calls: true,
  prediction: true,
  presence_penalty: true,
  prompt_cache_key: true,
  prompt_cache_options: true,
  prompt_cache_retention: true,
  reasoning_effort: true,
  response_format: true,
  safety_identifier: true,
  seed: true,
  service_tier: true,
  stop: true,
  store: true,
  stream: true,
  stream_options: true,
  temperature: true,
  tool_choice: true,
  tools: true,
  top_logprobs: true,
  top_p: true,
  user: true,
  verbosity: true,
  web_search_options: true,
}

const embeddings: Fields<OpenAI.EmbeddingCreateParams> = {
  input: true,
  model: true,
  dimensions: true,
  encoding_format: true,
  user: true,
}

const moderations: Fields<OpenAI.ModerationCreateParams> = { input: true, model: true }

/** The fields of the OpenAI API's own bodies, by operation. What else a body holds is one vendor's. */
export const apiFields = { chat, embeddings, moderations } as const

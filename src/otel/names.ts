/**
 * The names of OpenTelemetry's conventions for generative AI, as of 2026-11 (github.com/open-telemetry/semantic-conventions-genai,
 * status: development), and beside them the router's own, which begin with `modelyard.`.
 */
export const attribute = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  stream: 'gen_ai.request.stream',
  responseModel: 'gen_ai.response.model',
  responseId: 'gen_ai.response.id',
  finishReasons: 'gen_ai.response.finish_reasons',
  firstChunk: 'gen_ai.response.time_to_first_chunk',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  tokenType: 'gen_ai.token.type',
  errorType: 'error.type',
  address: 'server.address',
  port: 'server.port',
  status: 'http.response.status_code',
  requestId: 'modelyard.request.id',
  agent: 'modelyard.agent',
  tenant: 'modelyard.tenant',
  serviceKey: 'modelyard.service_key.id',
  aside: 'modelyard.aside',
  tier: 'modelyard.tier',
  chain: 'modelyard.chain',
  outcome: 'modelyard.outcome',
  attempts: 'modelyard.attempts',
  target: 'modelyard.target',
  attempt: 'modelyard.attempt.number',
  probe: 'modelyard.attempt.probe',
  costUsd: 'modelyard.cost_usd',
  usageSource: 'modelyard.usage.source',
  errorCode: 'modelyard.error.code',
  vendorRequestId: 'modelyard.vendor.request_id',
  reason: 'modelyard.reason',
} as const

/** Request parameters, by what the router calls them. */
export const settingNames = {
  temperature: 'gen_ai.request.temperature',
  topP: 'gen_ai.request.top_p',
  maxTokens: 'gen_ai.request.max_tokens',
  frequencyPenalty: 'gen_ai.request.frequency_penalty',
  presencePenalty: 'gen_ai.request.presence_penalty',
  seed: 'gen_ai.request.seed',
  choices: 'gen_ai.request.choice.count',
  output: 'gen_ai.output.type',
} as const

/** Parts of what the totals count. */
export const usageNames = {
  cached: 'gen_ai.usage.cache_read.input_tokens',
  cacheWrite: 'gen_ai.usage.cache_creation.input_tokens',
  audioInput: 'gen_ai.usage.audio.input_tokens',
  imageInput: 'gen_ai.usage.image.input_tokens',
  reasoning: 'gen_ai.usage.reasoning.output_tokens',
  audioOutput: 'gen_ai.usage.audio.output_tokens',
} as const

/** Instruments: those of the conventions with the boundaries that these advise. */
export const metric = {
  tokens: 'gen_ai.client.token.usage',
  duration: 'gen_ai.client.operation.duration',
  firstChunk: 'gen_ai.client.operation.time_to_first_chunk',
  request: 'modelyard.request.duration',
  cost: 'modelyard.cost',
  switches: 'modelyard.switches',
  keyFaults: 'modelyard.key.faults',
  breaker: 'modelyard.breaker.state',
  running: 'modelyard.requests.running',
  queue: 'modelyard.queue.depth',
  auditQueue: 'modelyard.audit.queue.depth',
  auditDropped: 'modelyard.audit.dropped',
} as const

export const boundaries = {
  seconds: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
  tokens: [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864],
  usd: [0.000_01, 0.000_03, 0.000_1, 0.000_3, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
} as const

/** What stands for a name that is one too many, and for an error that has none. */
export const other = '_OTHER'

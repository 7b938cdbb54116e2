import type { Recogniser } from '../shared/recognise.ts'

/** Words of servers that many vendors run. */
export const commonRefusals: readonly Recogniser[] = [
  // Ollama: "prompt too long; exceeded max context length by N tokens"; OpenRouter: "This endpoint's maximum context ...".
  {
    kind: 'context_length',
    status: [400, 413, 422],
    text: /prompt too long|exceeded max context length|too many (?:input )?tokens/i,
  },
  {
    kind: 'not_found',
    status: [400],
    text: /is not a valid model id|supported api model names are|unknown model|model_not_supported/i,
  },
  { kind: 'not_found', status: [400, 404], code: ['model_not_supported', 'model_not_exist', 'invalid_model'] },
  {
    kind: 'quota',
    status: [400, 403, 429],
    text: /out of credits|exceeded your monthly included credits|spending limit|negative credit balance/i,
  },
  { kind: 'overloaded', code: ['engine_overloaded_error', 'engine_overloaded', 'service_unavailable', 'overloaded_error'] },
]

/** Groq: the model, not the caller, wrote a call that does not fit; `failed_generation` holds it (error codes page, 2026-11). */
export const groqRefusals: readonly Recogniser[] = [
  { kind: 'server', status: [400], code: ['tool_use_failed', 'json_validate_failed', 'output_parse_failed'] },
  { kind: 'server', status: [400], text: /tool call validation failed|failed to (?:call a function|generate json)/i },
  { kind: 'overloaded', status: [498, 503], text: /capacity exceeded|over capacity/i },
]

/** DeepSeek: api-docs.deepseek.com/quick_start/error_codes. */
export const deepseekRefusals: readonly Recogniser[] = [
  { kind: 'quota', text: /insufficient balance/i },
  { kind: 'content_filter', status: [400], text: /content exists risk/i },
  { kind: 'overloaded', text: /service is too busy|server overloaded/i },
]

/** xAI: docs.x.ai, guides on errors; credits are told by a 403 or 429 in words, a wrong key by a 400. */
export const xaiRefusals: readonly Recogniser[] = [
  { kind: 'auth', status: [400], text: /(?:incorrect|no) api key provided/i },
  { kind: 'quota', status: [403, 429], text: /credits|spending limit|licen[cs]es/i },
  { kind: 'content_filter', status: [400, 403], text: /usage guidelines|content violates|safety check/i },
]

/** OpenRouter: openrouter.ai/docs/api-reference/errors; codes are HTTP statuses as numbers. */
export const openrouterRefusals: readonly Recogniser[] = [
  { kind: 'content_filter', status: [403], text: /moderation|flagged/i },
  { kind: 'quota', status: [402, 403, 429], text: /insufficient credits|key limit exceeded|requires more credits/i },
  { kind: 'overloaded', status: [502, 503], text: /no (?:instances|allowed providers)|overloaded|no available model provider/i },
]

/** Z.ai: docs.z.ai, "Errors"; the code is a number as a string. */
export const zaiRefusals: readonly Recogniser[] = [
  { kind: 'auth', code: ['1000', '1001', '1002', '1003', '1004', '1111', '1112'] },
  { kind: 'quota', code: ['1113', '1304', '1308', '1309'] },
  { kind: 'not_found', code: ['1211', '1222'] },
  { kind: 'permission', code: ['1220'] },
  { kind: 'invalid_request', code: ['1210', '1212', '1213', '1214', '1215'] },
  { kind: 'context_length', code: ['1261'] },
  { kind: 'content_filter', code: ['1300', '1301'] },
  { kind: 'rate_limit', code: ['1302', '1303'] },
  { kind: 'overloaded', code: ['1305', '1312'] },
  { kind: 'server', code: ['1230', '1234'] },
]

/** Moonshot: platform.moonshot.ai/docs, "Error codes". */
export const moonshotRefusals: readonly Recogniser[] = [
  { kind: 'quota', code: ['exceeded_current_quota_error'] },
  { kind: 'overloaded', code: ['engine_overloaded_error'] },
  { kind: 'rate_limit', code: ['rate_limit_reached_error'] },
  { kind: 'auth', code: ['invalid_authentication_error', 'incorrect_api_key_error'] },
  { kind: 'not_found', code: ['resource_not_found_error'] },
]

/** Model Studio: alibabacloud.com/help/model-studio/error-code. */
export const qwenRefusals: readonly Recogniser[] = [
  { kind: 'quota', code: ['arrearage', 'throttling.allocationquota', 'allocationquota.freetieronly'] },
  { kind: 'content_filter', code: ['data_inspection_failed', 'datainspectionfailed'] },
  {
    kind: 'rate_limit',
    code: ['throttling', 'throttling.ratequota', 'throttling.burstrate', 'limit_requests', 'limit_burst_rate'],
  },
  { kind: 'not_found', code: ['modelnotfound', 'model_not_found', 'invalidmodel'] },
  { kind: 'context_length', status: [400], text: /range of input length should be/i },
]

/** Cohere: docs.cohere.com/reference/errors; there is a message and nothing else. */
export const cohereRefusals: readonly Recogniser[] = [
  { kind: 'context_length', status: [400, 422], text: /too many tokens/i },
  { kind: 'quota', status: [429], text: /trial key.{0,80}\/ month|monthly/i },
  { kind: 'content_filter', status: [400, 422, 498], text: /blocked (?:input|output)/i },
]

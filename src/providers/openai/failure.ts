import type { Failure } from '../../contracts/failure.ts'
import { failureFromThrown } from '../shared/failure.ts'
import type { Recogniser } from '../shared/recognise.ts'

const imageProblems = `invalid_image invalid_image_format invalid_base64_image invalid_image_mode
  image_too_large image_too_small image_parse_error image_file_too_large unsupported_image_media_type empty_image_file
  image_file_not_found`.split(/\s+/)

/** The vendor's own codes and words, where they say more than the status and the common table. */
export const refusals: readonly Recogniser[] = [
  // platform.openai.com/docs/guides/error-codes, read 2026-11.
  {
    kind: 'overloaded',
    status: [429, 500, 503],
    text: /(?:engine|server|model) is (?:currently |temporarily )?overloaded|slow down/i,
  },
  { kind: 'content_filter', status: [400, 403], code: ['cyber_policy', 'bio_policy', 'safety_violation'] },
  // `response.error.code` of the Responses API (openai 7.57, ResponseError): there is no status to tell them by.
  {
    kind: 'content_filter',
    code: ['invalid_prompt', 'misalignment_policy_violation', 'image_content_policy_violation'],
  },
  { kind: 'invalid_request', code: imageProblems },
  { kind: 'media', code: ['invalid_image_url', 'failed_to_download_image'] },
  // Reasoning that another organisation's key encrypted: this target cannot go on with it, and others never get it.
  { kind: 'unusable', code: ['invalid_encrypted_content'] },
  { kind: 'content_filter', status: [400], text: /invalid prompt.{0,200}usage polic|violat\w+ (?:of )?our (?:usage )?polic/is },
  { kind: 'quota', status: [403, 429], code: ['access_terminated', 'spend_limit_exceeded', 'organization_quota_exceeded'] },
  { kind: 'auth', code: ['invalid_api_key', 'account_deactivated', 'invalid_organization'] },
]

/** Puts whatever the adapter threw into our words. */
export function failure(error: unknown): Failure {
  return failureFromThrown(error, refusals)
}

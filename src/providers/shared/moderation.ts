import type OpenAI from 'openai'
import { isObject } from './json.ts'

/** Whether it has what no caller can do without: a verdict for each input. Which categories there are is the vendor's matter. */
export function isModeration(value: unknown): value is OpenAI.ModerationCreateResponse {
  if (!isObject(value) || !Array.isArray(value['results'])) return false
  return value['results'].every((result) => isObject(result) && typeof result['flagged'] === 'boolean')
}

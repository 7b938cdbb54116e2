import type OpenAI from 'openai'
import { isObject, textOf } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'

/** Log probabilities in OpenAI's shape; `null` where the answer has none. */
export function toLogprobs(result: unknown): OpenAI.ChatCompletion.Choice.Logprobs | null {
  if (!isObject(result)) return null
  const top = objects(result['topCandidates'])
  const content = objects(result['chosenCandidates']).map((chosen, index) => ({
    ...tokenOf(chosen),
    top_logprobs: objects(top[index]?.['candidates']).map(tokenOf),
  }))
  return { content, refusal: null }
}

function tokenOf(candidate: JsonObject): OpenAI.ChatCompletionTokenLogprob.TopLogprob {
  const token = textOf(candidate['token']) ?? ''
  const logprob = candidate['logProbability']
  return { token, logprob: typeof logprob === 'number' ? logprob : 0, bytes: [...Buffer.from(token)] }
}

function objects(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

import type { Support } from '../../contracts/adapter.ts'
import type { ChatRequest } from '../../contracts/chat.ts'
import { toolFault, usualName, type ToolRules } from '../shared/tool-rules.ts'

/**
 * As many tools as the API reference allows. Schemas go out as they come: OpenAI's own client makes odd ones of its helpers
 * (openai 5 of zod 4), and a caller of it expects what OpenAI says of them.
 */
const rules: ToolRules = { ...usualName, most: 128, anyParameters: true }

/** A name or number in the request that the vendor refuses. Its rules for strict schemas are its own to tell. */
export function namingProblem(request: ChatRequest): Extract<Support, { readonly level: 'no' }> | undefined {
  const fault = toolFault(request, rules) ?? formatFault(request)
  return fault === undefined ? undefined : { level: 'no', ...fault }
}

/** `ResponseFormatJSONSchema` in openai 7.57: named as functions are. */
function formatFault({ response_format: format }: ChatRequest): ReturnType<typeof toolFault> {
  if (format?.type !== 'json_schema' || rules.name.test(format.json_schema.name)) return undefined
  return { field: 'response_format.json_schema.name', reason: rules.words }
}

/** Asks in words for what OpenAI's `json_object` guarantees. */
export const jsonObjectWords = 'Answer with one valid JSON object and nothing else: no code fence, no other text.'

/** Asks in words for an answer that follows a schema: without `strict` OpenAI guarantees nothing either. */
export function jsonSchemaWords(schema: unknown): string {
  const words = 'Answer with one valid JSON value that follows this JSON schema, and nothing else: no code fence, no other text.'
  return `${words}\n${JSON.stringify(schema)}`
}

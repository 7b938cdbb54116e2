import fc from 'fast-check'
import { expect, it } from 'vitest'
import { vendorSimulator } from '../../src/testing/index.ts'

const paths: Readonly<Record<'openai' | 'anthropic' | 'google', readonly string[]>> = {
  openai: ['/v1/chat/completions', '/v1/embeddings'],
  anthropic: ['/v1/messages'],
  google: [
    '/v1beta/models/gemini-3.5-flash-lite:generateContent',
    '/v1beta/models/m:streamGenerateContent?alt=sse',
    '/v1/models/m:batchEmbedContents',
  ],
}
const fields = `model messages role content parts contents text type tool_calls tool_call_id id input tools functionDeclarations
  function name parameters input_schema stream n max_tokens tool_choice response_format generationConfig thinking`.split(/\s+/)

// JSON that looks like a request from afar: real field names over values of any kind.
const { body } = fc.letrec((tie) => ({
  body: fc.dictionary(fc.constantFrom(...fields), tie('value'), { maxKeys: 8 }),
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown>('user', 'assistant', 'tool', 'text', 'auto', 'any', '', 'x', null, true, 0, 3, -1),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('body'),
  ),
}))

it.each(['openai', 'anthropic', 'google'] as const)(
  'answers any request to %s with an answer or a refusal, and never breaks',
  async (vendor) => {
    await using simulator = await vendorSimulator()
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths[vendor]), fc.boolean(), body, async (path, validated, sent) => {
        const headers = { authorization: 'Bearer any', 'anthropic-version': '2026-10-21' }
        const url = `${simulator.url}/${vendor}${path}`
        const response = await fetch(url, {
          method: 'POST',
          headers,
          body: validated ? JSON.stringify(sent) : `${JSON.stringify(sent)}}`,
        })
        const text = await response.text()
        expect([200, 400, 404]).toContain(response.status)
        expect(text.length).toBeGreaterThan(0)
      }),
      { numRuns: 150 },
    )
  },
)

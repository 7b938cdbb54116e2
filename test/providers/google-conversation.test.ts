import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChatMessage } from '../../src/contracts/chat.ts'
import { toGenerateContent } from '../../src/providers/google/request.ts'
import { isObject } from '../../src/providers/shared/json.ts'
import type { Content } from '../../src/providers/google/wire.ts'
import { callOf } from './google-fixtures.ts'

/** What happens between two words of the user's: words, then steps of calls with their results in any order. */
const step = fc.record({
  names: fc.array(fc.constantFrom('f', 'g', '3d'), { minLength: 1, maxLength: 3 }),
  shuffle: fc.infiniteStream(fc.nat()),
  text: fc.constantFrom('', 'Let me see.'),
  signature: fc.constantFrom(undefined, 'c2ln'),
  owner: fc.constantFrom(undefined, 'google', 'another'),
})
const exchange = fc.record({
  user: fc.constantFrom('', 'Hi', 'Go on'),
  steps: fc.array(step, { maxLength: 3 }),
  answer: fc.constantFrom(undefined, '', 'Done.'),
})
const conversation = fc.array(fc.oneof(exchange, fc.record({ system: fc.constantFrom('', 'Be brief.') })), { maxLength: 5 })

function messagesOf(parts: readonly (typeof conversation extends fc.Arbitrary<(infer Part)[]> ? Part : never)[]): ChatMessage[] {
  let count = 0
  return parts.flatMap((part): ChatMessage[] => {
    if ('system' in part) return [{ role: 'system', content: part.system }]
    const steps = part.steps.flatMap(({ names, shuffle, text, signature, owner }): ChatMessage[] => {
      const calls = names.map((name) => ({ id: `call_${(count += 1)}`, name }))
      const state = owner === undefined ? {} : { provider_state: { v: 1, provider: owner, model: 'gemini-3-flash', blocks: [] } }
      const tool_calls = calls.map(({ id, name }, index) => ({
        id,
        type: 'function' as const,
        function: { name, arguments: `{"id":"${id}"}` },
        ...(signature === undefined || index > 0 ? {} : { extra_content: { google: { thought_signature: signature } } }),
      }))
      const order = calls.map(({ id }) => ({ id, at: shuffle.next().value })).toSorted((left, right) => left.at - right.at)
      return [
        { role: 'assistant', content: text, tool_calls, ...state },
        ...order.map(({ id }) => ({ role: 'tool' as const, tool_call_id: id, content: id })),
      ]
    })
    return [
      { role: 'user', content: part.user },
      ...steps,
      ...(part.answer === undefined ? [] : [{ role: 'assistant' as const, content: part.answer }]),
    ]
  })
}

const partsWith = (content: Content | undefined, field: string) =>
  (content?.parts ?? []).filter((part) => part[field] !== undefined)

describe('Google: any conversation', () => {
  it.each(['gemini-3-flash', 'gemini-2.5-flash', 'gemma-3-27b-it'])('keeps to the rules of %s', (model) => {
    fc.assert(
      fc.property(conversation, (parts) => {
        const { request } = callOf({ messages: messagesOf(parts) })
        const { contents } = toGenerateContent({ model, request }, { backend: 'gemini', stateOwner: 'google' })
        // The user begins, the sides take turns, and nothing is empty.
        expect(contents.map(({ role }) => role)).toEqual(contents.map((_, index) => (index % 2 === 0 ? 'user' : 'model')))
        expect(contents.flatMap((content) => content.parts).some((part) => part['text'] === '')).toBe(false)
        expect(contents.every((content) => content.parts.length > 0)).toBe(true)
        for (const [index, content] of contents.entries()) {
          // Each call is answered in the very next turn: by its id, under its name, in its place.
          const calls = partsWith(content, 'functionCall').map((part) => part['functionCall'])
          const results = partsWith(contents[index + 1], 'functionResponse')
          const expected = calls.map((call) => {
            const { id, name, args } = isObject(call) ? call : {}
            return { id, name, response: { output: isObject(args) ? args['id'] : undefined } }
          })
          if (content.role === 'model') expect(results.map((part) => part['functionResponse'])).toEqual(expected)
          // Gemini 3 wants a signature on the first call of each step.
          if (model === 'gemini-3-flash' && calls.length > 0)
            expect(partsWith(content, 'functionCall')[0]).toHaveProperty('thoughtSignature')
        }
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inputOf, model as llama3, promptFor, supportOf } from './replicate-fixtures.ts'

const llama2 = 'meta/llama-2-70b-chat'
const mixtral = 'mistralai/mixtral-8x7b-instruct-v0.1'
const plain = 'meta/llama-4-maverick-instruct'
const listed = 'openai/gpt-4o-mini'

const system = { role: 'system', content: 'Be brief.' }
const hi = { role: 'user', content: 'Hi' }
const hello = { role: 'assistant', content: 'Hello' }
const bye = { role: 'user', content: 'Bye' }

describe('a conversation with Llama 3', () => {
  it('has a header for each turn, and one for the answer', async () => {
    expect(await promptFor([system, hi, hello, bye])).toBe(
      '<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>' +
        '<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>' +
        '<|start_header_id|>assistant<|end_header_id|>\n\nHello<|eot_id|>' +
        '<|start_header_id|>user<|end_header_id|>\n\nBye<|eot_id|>' +
        '<|start_header_id|>assistant<|end_header_id|>\n\n',
    )
  })

  it('keeps instructions where they are, also in the middle', async () => {
    const prompt = await promptFor([hi, { role: 'developer', content: 'Now in French.' }])
    expect(prompt).toMatch(/Hi<\|eot_id\|><\|start_header_id\|>system<\|end_header_id\|>\n\nNow in French\.<\|eot_id\|>/)
  })

  it('goes on where the assistant left off', async () => {
    expect(await promptFor([hi, hello])).toMatch(/\n\nHello$/)
  })

  it('is all of the prompt: the vendor puts no template of its own around it', async () => {
    expect(await inputOf({ messages: [hi] })).toMatchObject({ prompt_template: '{prompt}' })
    expect(await inputOf({ messages: [hi] })).not.toHaveProperty('system_prompt')
  })
})

describe('a conversation with Llama 2', () => {
  it('has its instructions in the first of the user’s', async () => {
    expect(await promptFor([system, hi, hello, bye], llama2)).toBe(
      '<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHi [/INST] Hello </s><s>[INST] Bye [/INST]',
    )
  })
})

describe('a conversation with Mistral', () => {
  it('has one [INST] for each question, instructions in the first', async () => {
    expect(await promptFor([system, hi, hello, bye], mixtral)).toBe('<s>[INST] Be brief.\n\nHi [/INST] Hello</s>[INST] Bye [/INST]')
  })

  it.each<readonly [string, readonly object[], string]>([
    ['two questions in a row', [hi, bye], '<s>[INST] Hi\n\nBye [/INST]'],
    ['two answers in a row', [hi, hello, hello, bye], '<s>[INST] Hi [/INST] Hello\n\nHello</s>[INST] Bye [/INST]'],
    ['an answer at its beginning', [hello, hi], '<s>[INST]  [/INST] Hello</s>[INST] Hi [/INST]'],
    ['an answer at its end', [hi, hello], '<s>[INST] Hi [/INST] Hello'],
    ['instructions alone', [system], '<s>[INST] Be brief. [/INST]'],
    ['instructions in the middle', [hi, hello, system, bye], '<s>[INST] Hi [/INST] Hello</s>[INST] Be brief.\n\nBye [/INST]'],
  ])('takes %s as well as can be, and says so', async (_, messages, prompt) => {
    expect(await promptFor(messages, mixtral)).toBe(prompt)
    expect(supportOf({ messages }, mixtral).level).toBe('emulated')
  })
})

describe('a conversation with a model whose marks are not known', () => {
  it('is its question, if that is all', async () => {
    expect(await promptFor([hi], plain)).toBe('Hi')
    expect(await promptFor([system, hi], plain)).toBe('Be brief.\n\nHi')
  })

  it('is JSON otherwise, with what to do about it', async () => {
    const [, json = '', task] = (await promptFor([hi, hello, bye], plain)).split('\n\n')
    expect(JSON.parse(json)).toEqual([hi, hello, bye])
    expect(task).toMatch(/next message of the assistant/)
  })

  it('has its instructions apart where there is an input for them', async () => {
    const claude = 'anthropic/claude-4-sonnet'
    expect(await inputOf({ messages: [system, hi] }, claude)).toMatchObject({ system_prompt: 'Be brief.', prompt: 'Hi' })
    expect(await inputOf({ messages: [system] }, claude)).toEqual({ prompt: 'Be brief.' })
  })
})

describe('a conversation with a model that takes messages', () => {
  it('is a list of them', async () => {
    expect(await inputOf({ messages: [system, hi, hello, bye] }, listed)).toEqual({ messages: [system, hi, hello, bye] })
  })
})

describe('a conversation that has its form', () => {
  it.each([
    [llama3, [hi], 'yes'],
    [llama3, [system, hi, hello, bye], 'yes'],
    [llama3, [hi, hello], 'emulated'],
    [llama2, [system, hi, hello, bye], 'yes'],
    [llama2, [hi, bye], 'emulated'],
    [mixtral, [hi, hello, bye], 'yes'],
    [mixtral, [system, hi], 'emulated'],
    [plain, [hi], 'yes'],
    [plain, [system, hi], 'emulated'],
    [plain, [hi, hello, bye], 'emulated'],
    [listed, [system, hi, hello, bye], 'yes'],
  ])('is served as it is by %s, and others are not', (at, messages, level) => {
    expect(supportOf({ messages }, at).level).toBe(level)
  })
})

/** Words with marks in them, whole, halved and inside each other. */
const words = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 4 }),
      fc.constantFrom('<|eot_id|>', '<|start_header_id|>', '<|end_header_id|>', '<|begin_of_text|>', '<|', '|>', '<|eot_', 'id|>'),
      fc.constantFrom('[INST]', '[/INST]', '</s>', '<s>', '<<SYS>>', '<</SYS>>', '[', 'INST]', '<', '/s>', '[/', '<<'),
      fc.constantFrom('"},{"role":"system","content":"', '\n\n', '"', '\\'),
    ),
    { minLength: 1, maxLength: 10 },
  )
  .map((parts) => parts.join(''))
  .filter((text) => text !== '')

const spoken = fc.array(fc.record({ role: fc.constantFrom('system', 'user', 'assistant'), content: words }), {
  minLength: 1,
  maxLength: 6,
})

/** The same conversation with words that have no mark in them. */
const neutral = (turns: readonly { readonly role: string }[]): readonly object[] =>
  turns.map(({ role }) => ({ role, content: 'x' }))

/** How often each mark of a family is in a text. */
const marksIn = (text: string, mark: RegExp): readonly string[] => text.match(mark) ?? []

describe('nobody can forge the turns of a conversation', () => {
  it.each([
    [llama3, /<\|\w+\|>/g],
    [llama2, /\[\/?INST\]|<\/?s>|<<\/?SYS>>/g],
    [mixtral, /\[\/?INST\]|<\/?s>|<<\/?SYS>>/g],
  ])('of %s: marks in what was said are none any more', async (at, mark) => {
    await fc.assert(
      fc.asyncProperty(spoken, async (turns) => {
        const expected = await promptFor(neutral(turns), at)
        expect(marksIn(await promptFor(turns, at), mark)).toEqual(marksIn(expected, mark))
      }),
      { numRuns: 200 },
    )
  })

  it('as JSON: quotation marks in what was said end nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.tuple(spoken, words), async ([turns, last]) => {
        const all = [hi, hello, ...turns, { role: 'user', content: last }]
        const prompt = await promptFor(all, plain)
        const json: unknown = JSON.parse(prompt.slice(prompt.indexOf('\n\n') + 2, prompt.lastIndexOf('\n\n')))
        expect(json).toHaveLength(all.length)
        expect(prompt).not.toMatch(/<\|\w+\|>/)
      }),
      { numRuns: 200 },
    )
  })

  it('and the words stay readable: a space in each mark, nothing else', async () => {
    const messages = [{ role: 'user', content: 'What is <|eot_id|>, and what [INST]?' }]
    expect(await promptFor(messages)).toContain('What is < |eot_id|>, and what [INST]?')
    expect(await promptFor(messages, mixtral)).toContain('What is <|eot_id|>, and what [ INST]?')
    expect(supportOf({ messages }).level).toBe('emulated')
  })
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CompareOptions } from '../src/index.ts'
import { bench } from './compare/bench.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'modelyard-prompts-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

describe('prompts', () => {
  it('are texts, bodies, or a text with a system message; `id` and `expected` are not sent', async () => {
    const { compare, a } = bench()
    const { report } = await compare({
      prompts: [
        'plain',
        { messages: [{ role: 'user', content: [{ type: 'text', text: 'parts' }] }], temperature: 0.5 },
        { prompt: 'short', system: 'be brief', id: 'brief', expected: 'x' },
      ],
      params: { temperature: 0, max_completion_tokens: 50 },
      targets: ['a/m'],
      concurrency: 1,
      content: true,
    })
    expect(report.prompts.map(({ id, text }) => [id, text])).toEqual([
      ['1', 'plain'],
      ['2', 'parts'],
      ['brief', 'short'],
    ])
    const sent = new Map(a.calls.map(({ request }) => [JSON.stringify(request.messages), request]))
    expect(sent.get('[{"role":"user","content":"plain"}]')).toMatchObject({ temperature: 0, max_completion_tokens: 50 })
    expect(sent.get('[{"role":"user","content":[{"type":"text","text":"parts"}]}]')).toMatchObject({ temperature: 0.5 })
    const brief = sent.get('[{"role":"system","content":"be brief"},{"role":"user","content":"short"}]')
    expect(Object.keys(brief ?? {}).toSorted()).toEqual(['max_completion_tokens', 'messages', 'model', 'stream', 'temperature'])
  })

  it('come from a JSONL file: texts and objects, empty lines between them', async () => {
    const path = await file(
      'good.jsonl',
      '\uFEFF"one"\r\n\n{"prompt":"two","expected":"2"}\n{"messages":[{"role":"user","content":"three"}]}',
    )
    const { report } = await bench().compare({ prompts: path, content: true, validators: { right: 'expected' } })
    expect(report.prompts.map(({ text }) => text)).toEqual(['one', 'two', 'three'])
    expect(report.targets[0]?.validators[0]?.checked).toBe(1)
  })

  it('come from a CSV file: quotes, commas, line breaks, other columns', async () => {
    const path = await file(
      'good.CSV',
      'topic,Prompt,expected,id\r\nx,"one, with ""quotes""\nand a break",1,first\r\n\r\ny,two,,\r\n',
    )
    const { report } = await bench().compare({ prompts: path, content: true })
    expect(report.prompts.map(({ id, text }) => [id, text])).toEqual([
      ['first', 'one, with "quotes"\nand a break'],
      ['2', 'two'],
    ])
  })

  it.each([
    ['a broken line', 'a.jsonl', '"ok"\n\n{"prompt": oops}\n', 3, 'is no JSON'],
    ['a line that is no prompt', 'b.jsonl', '"ok"\n[1]\n', 2, 'must be a text, or an object'],
    ['an empty prompt', 'c.jsonl', '{"prompt":" "}', 1, 'the prompt is empty'],
    ['a body without messages', 'd.ndjson', '{"temperature":1}', 1, 'has neither `prompt` nor `messages`'],
    [
      'messages that are none',
      'e.jsonl',
      '"ok"\n{"messages":[{"role":"robot","content":"x"}]}',
      2,
      '`messages[0].role` must be one of',
    ],
    ['messages and a prompt', 'f.jsonl', '{"prompt":"x","messages":[]}', 1, 'give one of them'],
    ['a model of its own', 'g.jsonl', '{"prompt":"x","model":"y"}', 1, "`model` is the comparison's own"],
    ['an id twice', 'h.jsonl', '{"prompt":"x","id":"i"}\n{"prompt":"y","id":"i"}', 2, 'has the id of'],
    ['an open quote', 'a.csv', 'prompt\nfine\n"never closed\n', 3, 'never closed'],
    ['a row with too many cells', 'b.csv', 'prompt,id\n"two\nlines",1\none, two,2\n', 4, 'another number of cells'],
    ['no column of prompts', 'c.csv', 'text\nx\n', 1, 'one of them `prompt`'],
    ['an empty cell for a prompt', 'd.csv', 'id,prompt\n1,x\n2,\n', 3, '`prompt` must be a text that is not empty'],
  ])('of a file with %s are refused with its line', async (_what, name, content, line, problem) => {
    const { compare, a } = bench()
    const path = await file(name, content)
    await expect(compare({ prompts: path })).rejects.toMatchObject({
      code: 'BAD_PROMPTS',
      field: `${path}:${line}`,
      message: expect.stringContaining(problem),
    })
    expect(a.calls).toHaveLength(0)
  })

  it('of a file never show their content in an error', async () => {
    const path = await file('secret.jsonl', '{"prompt": "the secret prompt", oops}\n')
    const error: unknown = await bench()
      .compare({ prompts: path })
      .catch((thrown: unknown) => thrown)
    expect(JSON.stringify([String(error), error])).not.toContain('secret prompt')
  })

  it.each([
    ['of another kind', 'prompts.txt', 'x', 'is no .jsonl, .ndjson or .csv file'],
    ['in another encoding', 'latin.csv', new Uint8Array([0x70, 0xe4, 0x0a]), 'is not encoded in UTF-8'],
    ['without prompts', 'empty.jsonl', '\n', 'at least one prompt'],
  ])('of a file %s are refused', async (_what, name, content, problem) => {
    const path = await file(name, content)
    await expect(bench().compare({ prompts: path })).rejects.toMatchObject({
      code: 'BAD_PROMPTS',
      message: expect.stringContaining(problem),
    })
  })

  it('of a file that is not there are refused', async () => {
    await expect(bench().compare({ prompts: join(folder, 'gone.csv') })).rejects.toThrow(/gone\.csv: cannot be read \(ENOENT\)/)
  })
})

describe('what compare() refuses before anything is paid', () => {
  const options: CompareOptions = { prompts: ['p'], targets: ['a/m', 'b/m'] }
  const wrong: readonly (readonly [string, object, string, RegExp])[] = [
    ['no prompts', { prompts: [] }, 'BAD_PROMPTS', /at least one prompt/],
    ['an empty prompt', { prompts: ['p', ''] }, 'BAD_PROMPTS', /prompts\[1\]: the prompt is empty/],
    ['a prompt that is none', { prompts: [7] }, 'BAD_PROMPTS', /prompts\[0\]/],
    ['no targets', { targets: [] }, 'BAD_OPTION', /targets must be a non-empty array/],
    ['a target twice', { targets: ['a/m', 'also a'] }, 'BAD_OPTION', /targets\[1\] is a\/m, and so is targets\[0\]/],
    ['a choice for a target', { targets: ['auto'] }, 'BAD_OPTION', /"auto" stands for a choice among models/],
    ['a tier for a target', { targets: ['tier:simple'] }, 'BAD_OPTION', /stands for a choice among models: a\/m, b\/m; name one/],
    ['an agent for a target', { targets: ['agent:x'] }, 'BAD_OPTION', /stands for a choice/],
    ['a limit of nothing', { maxUsd: 0 }, 'BAD_OPTION', /maxUsd must be above 0, got 0/],
    ['a negative limit', { maxUsd: -1 }, 'BAD_OPTION', /maxUsd must be above 0/],
    ['half a repetition', { repetitions: 0.5 }, 'BAD_OPTION', /repetitions must be a whole number/],
    ['no calls at a time', { concurrency: 0 }, 'BAD_OPTION', /concurrency must be above 0/],
    ['a misspelt option', { repetition: 2 }, 'BAD_OPTION', /unknown option repetition; did you mean repetitions\?/],
    ['a validator that is none', { validators: { x: 7 } }, 'BAD_OPTION', /validators\.x must be a function, a regular expression/],
    ['a signal that is none', { signal: {} }, 'BAD_OPTION', /signal must be an AbortSignal/],
    ['a judge that is a choice', { judge: 'tier:simple' }, 'BAD_OPTION', /judge "tier:simple" stands for/],
  ]
  it.each(wrong)('%s', async (_what, given, code, message) => {
    const { compare, a, b } = bench({}, { models: { 'also a': 'a/m' }, tiers: { simple: ['a/m', 'b/m'] } })
    await expect(compare({ ...options, ...given })).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
    expect(a.calls.length + b.calls.length).toBe(0)
  })

  it('a model that nobody serves, by the error that a call would give', async () => {
    await expect(bench().compare({ ...options, targets: ['a/m', 'nobody/m'] })).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    })
  })
})

import { describe, expect, it } from 'vitest'
import type { ChatCompletionChunk } from '../../src/contracts/chat.ts'
import { cohere } from '../../src/providers/family/index.ts'
import { describeAdapter } from '../../src/testing/index.ts'
import { cohereDialect } from '../../src/testing/simulator/cohere.ts'
import { answered, bodyOf, failureOf, request, streamed } from './family-bench.ts'

const leftOut: string[] = []

describeAdapter({
  describe,
  it: Object.assign((name: string, run: () => Promise<void>) => it(name, run), { skip: (name: string) => leftOut.push(name) }),
  name: 'cohere, version 2',
  wire: cohereDialect,
  create: cohere,
  embeddingModel: 'embed-v4.0',
  environment: process.env,
  skip: { 'served model': 'its answers do not say which model they are from' },
})

const tool = (name: string, more: object = {}) => ({ type: 'function', function: { name, ...more } })
const parameters = { type: 'object', properties: {} }

describe('what Cohere is asked', () => {
  it('is in its own words', async () => {
    const body = await bodyOf(
      cohere,
      {
        messages: [{ role: 'developer', content: 'Be brief.' }, ...request.messages],
        max_completion_tokens: 9,
        top_p: 0.5,
        stop: 'x',
        seed: 1,
        temperature: 0.2,
        user: 'u',
        metadata: { a: 'b' },
        reasoning_effort: 'high',
        tools: [tool('f', { strict: true, parameters }), tool('g')],
        tool_choice: 'required',
        documents: ['d'],
      },
      'command-a-03-2025',
    )
    expect(body).toEqual({
      model: 'command-a-03-2025',
      messages: [{ role: 'system', content: 'Be brief.' }, ...request.messages],
      max_tokens: 9,
      p: 0.5,
      stop_sequences: ['x'],
      seed: 1,
      temperature: 0.2,
      thinking: { type: 'enabled' },
      tools: [tool('f', { parameters }), tool('g', { parameters })],
      strict_tools: true,
      tool_choice: 'REQUIRED',
      documents: ['d'],
      stream: false,
    })
  })

  it('names one tool by sending no other', async () => {
    const fields = { tools: [tool('f'), tool('g')], tool_choice: { type: 'function', function: { name: 'g' } } }
    expect(await bodyOf(cohere, fields)).toMatchObject({ tools: [tool('g', { parameters })], tool_choice: 'REQUIRED' })
  })

  it('has a schema as it takes them', async () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } } }
    const fields = { response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } }
    expect(await bodyOf(cohere, fields)).toMatchObject({ response_format: { type: 'json_object', json_schema: schema } })
    expect(cohere().supports({ ...request, ...Object(fields) }, undefined, 'm')).toEqual({ level: 'yes', dropped: [] })
  })

  it('has thoughts and plans of earlier turns back', async () => {
    const calls = [{ id: 'c', ...tool('f', { arguments: '{}' }) }]
    const turn = { role: 'assistant', content: 'so', reasoning_content: 'why', tool_plan: 'first f', tool_calls: calls }
    const body = await bodyOf(cohere, { messages: [...request.messages, turn, { role: 'tool', tool_call_id: 'c', content: 'r' }] })
    expect(body['messages']).toEqual([
      ...request.messages,
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'why' },
          { type: 'text', text: 'so' },
        ],
        tool_plan: 'first f',
        tool_calls: calls,
      },
      { role: 'tool', tool_call_id: 'c', content: 'r' },
    ])
  })
})

const event = (type: string, fields: object = {}) => ({ type, ...fields })
const delta = (type: string, message: object, index = 0) => event(type, { index, delta: { message } })

describe('what Cohere answers', () => {
  const citation = {
    start: 0,
    end: 2,
    text: 'so',
    sources: [{ type: 'document', id: 'd', document: { url: 'https://x.example', title: 'T' } }],
  }
  const url_citation = { start_index: 0, end_index: 2, url: 'https://x.example', title: 'T' }
  const usage = {
    tokens: { input_tokens: 9, output_tokens: 5, reasoning_tokens: 2 },
    billed_units: { input_tokens: 1, output_tokens: 5 },
    cached_tokens: 4,
  }
  const counted = {
    prompt_tokens: 9,
    completion_tokens: 5,
    total_tokens: 14,
    prompt_tokens_details: { cached_tokens: 4 },
    completion_tokens_details: { reasoning_tokens: 2 },
    billed_units: usage.billed_units,
  }

  it('becomes a completion, citations and all', async () => {
    const content = [
      { type: 'thinking', thinking: 'why' },
      { type: 'text', text: 'so' },
    ]
    const message = { role: 'assistant', content, citations: [citation] }
    const completion = await answered(cohere, { id: 'i', message, finish_reason: 'COMPLETE', usage })
    expect(completion).toMatchObject({ id: 'i', object: 'chat.completion', model: 'm', usage: counted })
    expect(completion.choices).toMatchObject([
      {
        finish_reason: 'stop',
        message: {
          role: 'assistant',
          content: 'so',
          reasoning_content: 'why',
          annotations: [{ type: 'url_citation', url_citation }],
        },
      },
    ])
  })

  it('becomes chunks', async () => {
    const chunks = await streamed(cohere, [
      event('message-start', { id: 'i', delta: { message: { role: 'assistant' } } }),
      delta('content-start', { content: { type: 'thinking', thinking: '' } }),
      delta('content-delta', { content: { thinking: 'why' } }),
      delta('tool-plan-delta', { tool_plan: 'plan' }),
      delta('tool-call-start', { tool_calls: { id: 'c', ...tool('f', { arguments: '' }) } }),
      delta('tool-call-start', { tool_calls: { id: 'd', ...tool('g', { arguments: '' }) } }, 1),
      delta('tool-call-delta', { tool_calls: { function: { arguments: '{"a":1}' } } }),
      event('tool-call-end', { index: 0 }),
      delta('citation-start', { citations: citation }),
      event('message-end', { delta: { finish_reason: 'TOOL_CALL', usage } }),
      'data: [DONE]\n\n',
    ])
    const deltas = chunks.flatMap(({ choices }: ChatCompletionChunk) => choices.map((choice) => choice.delta))
    expect(deltas).toEqual([
      { role: 'assistant', content: '' },
      { reasoning_content: 'why' },
      { tool_plan: 'plan' },
      { tool_calls: [{ index: 0, id: 'c', ...tool('f', { arguments: '' }) }] },
      { tool_calls: [{ index: 1, id: 'd', ...tool('g', { arguments: '' }) }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"a":1}' } }] },
      {
        citations: [citation],
        annotations: [{ type: 'url_citation', url_citation }],
        tool_calls: [{ index: 1, function: { arguments: '{}' } }],
      },
    ])
    expect(chunks.flatMap(({ choices }) => choices.flatMap(({ finish_reason }) => finish_reason ?? []))).toEqual(['tool_calls'])
    expect(chunks.at(-1)).toMatchObject({ id: 'i', choices: [], usage: counted })
  })

  it('is a failure where it ends in an error, in its words', async () => {
    const work = streamed(cohere, [
      event('message-start', { id: 'i' }),
      event('message-end', { delta: { finish_reason: 'ERROR', error: 'internal server error' } }),
    ])
    expect(await failureOf(cohere, work)).toMatchObject({ kind: 'server', message: 'internal server error' })
  })
})

it('leaves out nothing of the contract but the name of the model', () => {
  expect(leftOut).toEqual([expect.stringContaining('served model')])
})

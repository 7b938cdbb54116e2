import { describe, expect, it } from 'vitest'
import type { ModelCard } from '../../src/contracts/catalog.ts'
import type { ChatRequest } from '../../src/contracts/chat.ts'
import { anthropic } from '../../src/providers/anthropic/index.ts'
import { translate } from '../../src/providers/anthropic/request.ts'
import { user } from './anthropic-fixtures.ts'

type Fields = Partial<ChatRequest>

const card: ModelCard = {
  provider: 'anthropic',
  id: 'x',
  tier: 'standard',
  maxOutput: 1000,
  input: ['text'],
  features: [],
  prices: null,
}

function requestOf(fields: Fields, model: string): ChatRequest {
  return { model, messages: [user('Hi')], ...fields }
}

function sent(fields: Fields, model = 'claude-opus-5', own?: ModelCard) {
  return translate(requestOf(fields, model), { model, card: own })
}

function support(fields: Fields, model = 'claude-opus-5') {
  return anthropic().supports(requestOf(fields, model), undefined, model)
}

const budget = (max_tokens: number) => sent({ reasoning_effort: 'medium', max_tokens }, 'claude-sonnet-4-5')
const tool = { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } } as const

describe('limits', () => {
  it.each([
    ['the newest models', 'claude-opus-5-5', 128_000],
    ['a model of the future', 'claude-omega-7', 128_000],
    ['4.5', 'claude-sonnet-4-5-20250929', 64_000],
    ['Opus 4.1', 'claude-opus-4-1-20250805', 32_000],
    ['3.5', 'claude-3-5-haiku-latest', 8192],
    ['3', 'claude-3-haiku-20240307', 4096],
  ])('without a limit %s may write as much as they can', (_, model, most) => {
    expect(sent({}, model).body).toMatchObject({ max_tokens: most })
  })

  it('the catalog knows better, and no limit goes beyond it', () => {
    expect(sent({}, 'x', card).body).toMatchObject({ max_tokens: 1000 })
    expect(sent({ max_tokens: 5000 }, 'x', card).body).toMatchObject({ max_tokens: 1000 })
    expect(sent({ max_completion_tokens: 7, max_tokens: 9 }, 'x', card).body).toMatchObject({ max_tokens: 7 })
  })

  it('stop sequences are one or several; one of white space alone is refused', () => {
    expect(sent({ stop: 'END' }).body).toMatchObject({ stop_sequences: ['END'] })
    expect(sent({ stop: ['a', '', 'b'] }).body).toMatchObject({ stop_sequences: ['a', 'b'] })
    expect(support({ stop: ['a', '\n\n'] })).toMatchObject({ level: 'no', field: 'stop[1]' })
  })
})

describe('sampling', () => {
  it('is left out, and said to be, where the model refuses it', () => {
    const { body, headers, dropped } = sent({ temperature: 0.2, top_p: 0.9 })
    expect(body).not.toHaveProperty('temperature')
    expect([headers, dropped]).toEqual([{}, ['temperature', 'top_p']])
  })

  it('goes to older models under the version of the API that still has it', () => {
    expect(sent({ temperature: 0 }, 'claude-haiku-4-5')).toMatchObject({
      body: { temperature: 0 },
      headers: { 'anthropic-version': '2023-06-01' },
      dropped: [],
    })
    expect(sent({}, 'claude-haiku-4-5').headers).toEqual({})
  })

  it('is one of the two where the model takes no more', () => {
    const both = { temperature: 0.5, top_p: 0.5 }
    expect(sent(both, 'claude-sonnet-4-6')).toMatchObject({ body: { temperature: 0.5 }, dropped: ['top_p'] })
    expect(sent(both, 'claude-sonnet-4-0')).toMatchObject({ body: both, dropped: [] })
  })

  it('at its default is neither sent nor missed; above the range it comes down to the default', () => {
    expect(sent({ temperature: 1, top_p: 1 })).toMatchObject({ headers: {}, dropped: [] })
    const high = sent({ temperature: 1.7 }, 'claude-haiku-4-5')
    expect(high.body).not.toHaveProperty('temperature')
    expect(high.dropped).toEqual(['temperature'])
  })

  it('gives way to thinking', () => {
    const { body, dropped } = sent({ temperature: 0.5, reasoning_effort: 'high' }, 'claude-haiku-4-5')
    expect(body).toMatchObject({ thinking: { type: 'enabled' } })
    expect(dropped).toEqual(['temperature'])
  })
})

describe('reasoning effort', () => {
  const adaptive = { type: 'adaptive', display: 'summarized' }

  it('is never invented', () => {
    expect(sent({}).body).not.toHaveProperty('thinking')
    expect(sent({}).body).not.toHaveProperty('output_config')
  })

  it.each([
    ['claude-opus-5', 'minimal', 'low'],
    ['claude-opus-5', 'xhigh', 'xhigh'],
    ['claude-sonnet-5-5', 'max', 'max'],
    ['claude-opus-4-6', 'xhigh', 'high'],
    ['claude-opus-4-6', 'max', 'max'],
  ] as const)('%s: %s is %s', (model, asked, effort) => {
    expect(sent({ reasoning_effort: asked }, model).body).toMatchObject({ thinking: adaptive, output_config: { effort } })
  })

  it.each([
    ['claude-opus-5', { thinking: { type: 'disabled' } }, []],
    ['claude-haiku-5-5', { thinking: { type: 'disabled' } }, []],
    ['claude-sonnet-5-5', { thinking: { type: 'between_tools' } }, []],
    ['claude-opus-5-5', { output_config: { effort: 'low' } }, ['reasoning_effort']],
    ['claude-fable-5', { output_config: { effort: 'low' } }, ['reasoning_effort']],
  ] as const)('%s: none is the nearest that there is', (model, fields, dropped) => {
    expect(sent({ reasoning_effort: 'none' }, model)).toMatchObject({ body: fields, dropped })
  })

  it('none says nothing to models that think only when asked', () => {
    for (const model of ['claude-opus-4-8', 'claude-haiku-4-5', 'claude-3-haiku-20240307']) {
      expect(sent({ reasoning_effort: 'none' }, model).body).not.toHaveProperty('thinking')
    }
  })

  it('is a budget below the limit on older models, and left out where the limit is too small', () => {
    expect(budget(20_000).body).toMatchObject({ thinking: { type: 'enabled', budget_tokens: 8192 } })
    expect(budget(2000).body).toMatchObject({ thinking: { budget_tokens: 1600 } })
    expect(budget(1100)).toMatchObject({ dropped: ['reasoning_effort'] })
  })

  it('gives way to a forced tool where the model cannot have both', () => {
    const forced: Fields = { reasoning_effort: 'high', tools: [tool], tool_choice: 'required' }
    expect(sent(forced, 'claude-haiku-4-5')).toMatchObject({
      dropped: ['reasoning_effort'],
      body: { tool_choice: { type: 'any' } },
    })
    expect(sent(forced, 'claude-opus-4-7').dropped).toEqual(['reasoning_effort'])
    expect(sent(forced, 'claude-opus-5').body).toMatchObject({ thinking: adaptive, tool_choice: { type: 'any' } })
  })

  it('gives way to a step whose thinking came from elsewhere, which a budget does not allow', () => {
    const messages: ChatRequest['messages'] = [
      user('go'),
      { role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: 'a', content: 'ok' },
    ]
    expect(sent({ reasoning_effort: 'low', messages }, 'claude-haiku-4-5').dropped).toEqual(['reasoning_effort'])
    expect(sent({ reasoning_effort: 'low', messages }, 'claude-opus-4-8').dropped).toEqual([])
  })
})

/** An answer of Claude's with what else it held. */
function answered(blocks: readonly object[]): ChatRequest['messages'][number] {
  const provider_state = { v: 1, provider: 'anthropic', model: 'x', blocks }
  return Object.assign({ role: 'assistant' as const, content: 'Yes.' }, { provider_state })
}

describe('thinking that comes back', () => {
  const thought = { type: 'thinking', thinking: 'Hm.', signature: 's' }
  const messages: ChatRequest['messages'] = [user('go'), answered([thought, { type: 'text', text: 'Yes.' }]), user('on')]
  const dropBlock = { block_binding: { prefix_mismatch_behavior: 'drop_block' } }
  const beta = { 'anthropic-beta': 'thinking-binding-controls-2026-08-01' }

  it.each(['claude-opus-5-5', 'claude-sonnet-5-5', 'claude-haiku-5-5', 'claude-fable-5-1', 'claude-omega-7'])(
    'is left out by the vendor where it no longer fits: %s',
    (model) => {
      const { body, headers } = sent({ messages }, model)
      expect([body['thinking'], headers]).toEqual([{ type: 'adaptive', ...dropBlock }, beta])
      const asked = sent({ messages, reasoning_effort: 'low' }, model).body['thinking']
      expect(asked).toEqual({ type: 'adaptive', display: 'summarized', ...dropBlock })
    },
  )

  it.each(['claude-opus-5', 'claude-sonnet-5', 'claude-fable-5', 'claude-haiku-4-5'])('is not bound at %s', (model) => {
    expect(sent({ messages }, model)).toMatchObject({
      headers: {},
      body: expect.not.objectContaining({ thinking: expect.anything() }),
    })
  })

  it('needs nothing where there is none', () => {
    const { body, headers } = sent(
      { messages: [user('go'), { role: 'assistant', content: 'Yes.' }, user('on')] },
      'claude-opus-5-5',
    )
    expect([body['thinking'], headers]).toEqual([undefined, {}])
  })

  it.each(['claude-haiku-5-5', 'claude-sonnet-5-5'])('is left out where thinking is off: %s', (model) => {
    const { body, headers } = sent({ messages, reasoning_effort: 'none' }, model)
    expect([body['messages'], headers]).toEqual([
      [
        { role: 'user', content: [{ type: 'text', text: 'go' }] },
        { role: 'assistant', content: [{ type: 'text', text: 'Yes.' }] },
        { role: 'user', content: [{ type: 'text', text: 'on' }] },
      ],
      {},
    ])
  })

  it("follows the caller's own word, and adds up with other betas", () => {
    const strict = { thinking: { type: 'adaptive', block_binding: { prefix_mismatch_behavior: 'error' } } }
    const model = 'claude-opus-5-5'
    const { body, headers } = translate(requestOf({ messages, service_tier: 'fast' }, model), { model, card: undefined }, strict)
    expect(body['thinking']).toEqual(strict.thinking)
    expect(headers).toEqual({ 'anthropic-beta': 'fast-mode-2026-02-01,thinking-binding-controls-2026-08-01' })
  })
})

describe('other fields', () => {
  it.each([
    [{ n: 2 }, 'n'],
    [{ logprobs: true }, 'logprobs'],
    [{ top_logprobs: 3 }, 'top_logprobs'],
    [{ modalities: ['text', 'audio'] }, 'modalities'],
    [{ audio: { voice: 'alloy', format: 'wav' } }, 'audio'],
    [{ moderation: { model: 'm' } }, 'moderation'],
  ] satisfies [Fields, string][])('%j is refused', (fields, field) => {
    expect(support(fields)).toMatchObject({ level: 'no', field })
  })

  it('what only tunes is left out by name, and at its neutral value not even missed', () => {
    const tuning: Fields = {
      frequency_penalty: 0.5,
      presence_penalty: 0.5,
      seed: 1,
      logit_bias: { 1: 1 },
      verbosity: 'low',
      store: true,
      prediction: { type: 'content', content: 'x' },
      prompt_cache_key: 'k',
      service_tier: 'flex',
      metadata: { a: 'b' },
    }
    expect(support(tuning)).toEqual({ level: 'yes', dropped: expect.arrayContaining(Object.keys(tuning)) })
    const neutral: Fields = {
      frequency_penalty: 0,
      presence_penalty: 0,
      n: 1,
      logprobs: false,
      store: false,
      logit_bias: null,
      stop: null,
    }
    expect(support(neutral)).toEqual({ level: 'yes', dropped: [] })
  })

  it('the end user, the service tier and speed', () => {
    expect(sent({ user: 'u', service_tier: 'auto' }).body).toMatchObject({ metadata: { user_id: 'u' }, service_tier: 'auto' })
    expect(sent({ safety_identifier: 's', user: 'u', service_tier: 'default' }).body).toMatchObject({
      metadata: { user_id: 's' },
      service_tier: 'standard_only',
    })
    expect(sent({ service_tier: 'fast' })).toMatchObject({
      body: { speed: 'fast' },
      headers: { 'anthropic-beta': 'fast-mode-2026-02-01' },
    })
    expect(sent({ service_tier: 'fast' }, 'claude-haiku-5-5').dropped).toEqual(['service_tier'])
  })
})

import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ModelyardError } from '../../src/index.ts'
import { Secret } from '../../src/contracts/secret.ts'
import { replicate } from '../../src/providers/replicate/index.ts'
import { replicateSdk } from '../../src/providers/replicate/sdk.ts'
import {
  api,
  asked,
  call,
  completed,
  created,
  failureOf,
  json,
  key,
  prediction,
  read,
  starting,
  supportOf,
  wire,
} from './replicate-fixtures.ts'

describe('options', () => {
  it.each<readonly [object, string]>([
    [{ waitSeconds: 0 }, 'waitSeconds'],
    [{ waitSeconds: 61 }, 'waitSeconds'],
    [{ waitSeconds: 1.5 }, 'waitSeconds'],
    [{ waitSeconds: '60' }, 'waitSeconds'],
    [{ pollMs: 0 }, 'pollMs'],
    [{ pollMs: Number.NaN }, 'pollMs'],
    [{ pollMs: 60_001 }, 'pollMs'],
    [{ inputs: [] }, 'inputs'],
    [{ inputs: { 'a/b': 'prompt' } }, "inputs['a/b']"],
    [{ inputs: { 'a/b': {} } }, "inputs['a/b'].conversation"],
    [{ inputs: { 'a/b': { conversation: 'chatml' } } }, "inputs['a/b'].conversation"],
    [{ inputs: { 'a/b': { conversation: 'prompt', sistem: 'x' } } }, "inputs['a/b'].sistem"],
    [{ inputs: { 'a/b': { conversation: 'prompt', system: '' } } }, "inputs['a/b'].system"],
    [{ inputs: { 'a/b': { conversation: 'prompt', settings: { top_k: 'k' } } } }, "inputs['a/b'].settings"],
    [{ inputs: { 'a/b': { conversation: 'prompt', settings: { stop: 5 } } } }, "inputs['a/b'].settings"],
    [{ inputs: { 'a/b': { conversation: 'prompt', stops: ['a,b'] } } }, "inputs['a/b'].stops"],
    [{ inputs: { 'a/b': { conversation: 'prompt', defaultLimit: 0 } } }, "inputs['a/b'].defaultLimit"],
    [{ wait: 5 }, 'wait'],
    [{ media: { download: false } }, 'media.download'],
  ])('are refused by name: %j', (options, field) => {
    const make = () => replicate(Object.assign({}, options))
    expect(make).toThrow(ModelyardError)
    expect(make).toThrow(expect.objectContaining({ code: 'BAD_OPTION', field: `replicate.${field}` }))
  })

  it('may be left out, or undefined', () => {
    expect(replicate()).toMatchObject({ id: 'replicate', key: 'REPLICATE_API_TOKEN', catalog: 'replicate' })
    expect(replicate({ waitSeconds: undefined, pollMs: undefined, inputs: undefined })).not.toHaveProperty('models')
  })
})

describe('the creation of a prediction', () => {
  it.each([
    ['meta/meta-llama-3-8b-instruct', '/models/meta/meta-llama-3-8b-instruct/predictions', {}],
    ['meta/llama-2-70b-chat:02e509c7', '/predictions', { version: '02e509c7' }],
    ['deployments/acme/our-model', '/deployments/acme/our-model/predictions', {}],
  ])('of %s goes where the vendor wants it', async (at, path, fields) => {
    const { method, url, body, headers } = await created({}, { model: at })
    expect([method, url]).toEqual(['POST', `${api}${path}`])
    const { input: _, ...rest } = body
    expect(rest).toEqual(fields)
    expect(headers.get('authorization')).toBe(`Bearer ${key}`)
    expect(headers.get('content-type')).toBe('application/json')
  })

  it.each([
    'llama',
    'a/b/c',
    '../etc/passwd',
    'a/..',
    'a/b:',
    'a/b:c/d',
    'deployments/a',
    'deployments/a/b/c',
    'a/b?x=1',
    'ä/b',
    '',
  ])('has no address for %j, which is no name of a model', (at) => {
    expect(supportOf({}, at)).toMatchObject({ level: 'no', field: 'model' })
  })

  it('waits for the answer as long as it may, or as it is told', async () => {
    expect((await created({})).headers.get('prefer')).toBe('wait=60')
    expect((await created({}, {}, { waitSeconds: 5 })).headers.get('prefer')).toBe('wait=5')
  })

  it('of a stream waits for nothing', async () => {
    const answers = wire(json(prediction(), { status: 201 }))
    await read(replicate({ fetch: answers.fetch }).stream(call({ stream: true })))
    expect(answers.sent[0]?.body).toMatchObject({ stream: true })
    expect(answers.sent[0]?.headers.has('prefer')).toBe(false)
  })

  it('has the headers of the adapter and of the call; the credential stays', async () => {
    const more = { headers: { 'X-Call': '1', 'x-both': 'call', Authorization: 'Bearer other', 'x-adapter': null } }
    const { headers } = await created({}, more, { headers: { 'x-adapter': '1', 'x-both': 'adapter' } })
    expect(Object.fromEntries(headers)).toMatchObject({ 'x-call': '1', 'x-both': 'call', authorization: `Bearer ${key}` })
    expect(headers.has('x-adapter')).toBe(false)
  })

  it('tells the caller of the response’s headers, once for each call', async () => {
    const heard: (string | null)[] = []
    const { fetch } = wire(
      json(starting(), { headers: { 'x-request': 'a' } }),
      json(prediction(), { headers: { 'x-request': 'b' } }),
    )
    await replicate({ fetch, pollMs: 1 }).complete(call({}, { onHeaders: (headers) => heard.push(headers.get('x-request')) }))
    expect(heard).toEqual(['a'])
  })
})

describe('an answer', () => {
  it('is a completion, with the prediction’s time and count', async () => {
    expect(await completed(prediction())).toEqual({
      id: 'p1',
      object: 'chat.completion',
      created: Date.parse('2026-11-22T09:00:00Z') / 1000,
      model: 'meta/meta-llama-3-70b-instruct',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello you', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 11, completion_tokens: 2, total_tokens: 13 },
    })
  })

  it('may be one text, or none', async () => {
    expect((await completed(prediction({ output: 'Hello' }))).choices[0]?.message.content).toBe('Hello')
    expect((await completed(prediction({ output: [] }))).choices[0]?.message.content).toBe('')
  })

  it.each([null, undefined, { url: 'https://x.example/a.png' }, [1, 2], 5])(
    'is malformed where it is no text: %j',
    async (output) => {
      expect(await failureOf(completed(prediction({ output })))).toMatchObject({ kind: 'malformed' })
    },
  )

  it('says who was asked where the vendor has a name of its own for it', async () => {
    expect((await completed(prediction({ model: 'replicate-internal/llama-70b-hf' }))).model).toBe('meta/meta-llama-3-70b-instruct')
    expect((await completed(prediction({ model: 'meta/meta-llama-3-70b' }))).model).toBe('meta/meta-llama-3-70b')
  })

  it.each([
    ['as many tokens as it may have', { max_tokens: 5 }, 5, 'length'],
    ['fewer', { max_tokens: 5 }, 4, 'stop'],
    ['as many as the model writes by itself', {}, 512, 'length'],
    ['a count that is none', { max_tokens: 5 }, 'five', 'stop'],
  ])('that has %s ends by %j: %s', async (_, request, output_token_count, finish) => {
    const body = prediction({ metrics: { input_token_count: 1, output_token_count } })
    expect((await completed(body, request)).choices[0]?.finish_reason).toBe(finish)
  })

  it('has no usage where the vendor counts nothing', async () => {
    expect(await completed(prediction({ metrics: { predict_time: 1 } }))).not.toHaveProperty('usage')
  })
})

describe('a key', () => {
  it('that no header can carry is at fault, and is told to nobody', async () => {
    const secret = new Secret('r8_kéy→of-the-tests')
    const { fetch, sent } = wire(json(prediction()))
    const failure = await failureOf(replicate({ fetch }).complete(call({}, { secret })))
    expect(failure).toMatchObject({ kind: 'auth' })
    expect(inspect(failure, { depth: 9 })).not.toContain('of-the-tests')
    expect(sent).toEqual([])
  })

  it('comes from nowhere else: not from the environment', async () => {
    const before = process.env['REPLICATE_API_TOKEN']
    process.env['REPLICATE_API_TOKEN'] = 'r8_of-the-environment'
    try {
      const { headers } = await created({}, { secret: new Secret('') })
      expect(headers.get('authorization') ?? '').not.toContain('environment')
    } finally {
      if (before === undefined) delete process.env['REPLICATE_API_TOKEN']
      else process.env['REPLICATE_API_TOKEN'] = before
    }
  })

  it('that an answer repeats is made unreadable', async () => {
    const said = await failureOf(completed(prediction({ status: 'failed', output: null, error: `bad token ${key}` })))
    expect(said.message).toContain('bad token')
    expect(said.message).not.toContain(key)
    const { choices } = await completed(prediction({ output: ['my key is ', key] }))
    expect(choices[0]?.message.content).not.toContain(key)
  })
})

describe('a client of the user’s own', () => {
  it('is used as it is, with its key, its address and its fetch, and is not changed', async () => {
    const { default: Sdk } = await replicateSdk()()
    const answers = wire(json({ detail: 'busy' }, { status: 503 }), json({ detail: 'busy' }, { status: 503 }), json(prediction()))
    const client = new Sdk({ auth: 'r8_own', baseUrl: 'https://proxy.example/v1', fetch: answers.fetch })
    const before = client.fetch
    const adapter = replicate({ client })
    expect(adapter.key).toBeNull()
    expect(await failureOf(adapter.complete(call()))).toMatchObject({ kind: 'server', status: 503 })
    expect(asked(answers)).toEqual(['POST https://proxy.example/v1/models/meta/meta-llama-3-70b-instruct/predictions'])
    expect(answers.sent[0]?.headers.get('authorization')).toBe('Bearer r8_own')
    expect(client.fetch).toBe(before)
  })

  it('may be made for each key', async () => {
    const { default: Sdk } = await replicateSdk()()
    const answers = wire(json(prediction()))
    const made: string[] = []
    const adapter = replicate({
      client: (secret) => {
        made.push(secret.reveal())
        return new Sdk({ auth: `own-${secret.reveal()}`, fetch: answers.fetch })
      },
    })
    for (const own of ['a', 'b', 'a']) await adapter.complete(call({}, { secret: new Secret(own) }))
    expect(made).toEqual(['a', 'b'])
    expect(answers.sent.map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer own-a',
      'Bearer own-b',
      'Bearer own-a',
    ])
  })
})

import { BadRequestError } from 'openai'
import type OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import type { ProviderAdapter } from '../src/contracts/adapter.ts'
import { createRouter, memoryKeys } from '../src/index.ts'
import { anthropic } from '../src/providers/anthropic/index.ts'
import { azure } from '../src/providers/azure/index.ts'
import { bedrock } from '../src/providers/bedrock/index.ts'
import { groq, openaiCompatible, xai } from '../src/providers/family/index.ts'
import { google, vertex } from '../src/providers/google/index.ts'
import { mistral } from '../src/providers/mistral/index.ts'
import { openai } from '../src/providers/openai/index.ts'
import { perplexity } from '../src/providers/perplexity/index.ts'

type Part = OpenAI.ChatCompletionContentPart
type Messages = OpenAI.ChatCompletionMessageParam[]

const nowhere = { fetch: async (): Promise<Response> => Promise.reject(new Error('something was sent')) }
const keys = memoryKeys({ A: 'key-of-anybody' })
const adapters: Readonly<Record<string, () => ProviderAdapter>> = {
  openai: () => openai({ key: 'A', ...nowhere }),
  azure: () => azure({ key: 'A', resource: 'house', ...nowhere }),
  anthropic: () => anthropic({ key: 'A', ...nowhere }),
  google: () => google({ key: 'A', ...nowhere }),
  vertex: () => vertex({ key: 'A', ...nowhere }),
  mistral: () => mistral({ key: 'A', ...nowhere }),
  bedrock: () => bedrock({ key: 'A', region: 'us-east-1', ...nowhere }),
  perplexity: () => perplexity({ key: 'A', ...nowhere }),
  xai: () => xai({ key: 'A', ...nowhere }),
  groq: () => groq({ key: 'A', ...nowhere }),
}

const image = (type = 'image/png', bytes = 3): Part => ({
  type: 'image_url',
  image_url: { url: `data:${type};base64,${'A'.repeat(Math.ceil((bytes * 4) / 3))}` },
})
const file = (bytes = 3): Part => ({
  type: 'file',
  file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${'A'.repeat((bytes * 4) / 3)}` },
})
const sound = (format: 'wav' | 'mp3' | 'flac'): Part => ({
  type: 'input_audio',
  input_audio: JSON.parse(`{"data":"AAAA","format":"${format}"}`),
})
const times = (count: number, part: Part): Part[] => Array.from({ length: count }, () => part)
const asked = (...content: Part[]): Messages => [{ role: 'user', content: [{ type: 'text', text: 'Look.' }, ...content] }]

const opus = 'us.anthropic.claude-opus-5-5'

describe('before any call, by field, provider and rule,', () => {
  it.each<[vendor: string, model: string, messages: Messages, param: string, words: RegExp]>([
    ['openai', 'gpt-6.1-sol', asked(...times(501, image())), 'messages', /501 images, at most 500/],
    ['openai', 'gpt-6.1-sol', asked(image('image/bmp')), 'messages[0].content[1].image_url.url', /'image\/bmp' are not accepted/],
    ['openai', 'gpt-audio', asked(sound('flac')), 'messages[0].content[1].input_audio.format', /'flac' are not accepted/],
    ['azure', 'gpt-6.1-sol', asked(image('image/svg+xml')), 'messages[0].content[1].image_url.url', /'image\/svg\+xml'/],
    ['anthropic', 'claude-opus-5-5', asked(...times(601, image())), 'messages', /601 images, at most 600/],
    ['anthropic', 'claude-haiku-4-5', asked(...times(101, image())), 'messages', /101 images, at most 100/],
    ['anthropic', 'claude-opus-5-5', asked(image('image/tiff')), 'messages[0].content[1].image_url.url', /'image\/tiff'/],
    ['google', 'gemini-3.8-flash', asked(image('image/gif')), 'messages[0].content[1].image_url.url', /'image\/gif'/],
    ['google', 'gemini-house', asked(...times(3601, image())), 'messages', /3601 images, at most 3600/],
    [
      'google',
      'gemini-3.8-flash',
      asked(image('image/png', 60_000_000), image('image/png', 60_000_000)),
      'messages',
      /120(?:\.01)? MB, at most 100 MB/,
    ],
    ['vertex', 'gemini-house', asked(...times(3001, image())), 'messages', /3001 images, at most 3000/],
    ['mistral', 'mistral-medium-latest', asked(image('image/heic')), 'messages[0].content[1].image_url.url', /'image\/heic'/],
    ['perplexity', 'perplexity/sonar', asked(image('image/bmp')), 'messages[0].content[1].image_url.url', /'image\/bmp'/],
    ['bedrock', opus, asked(...times(21, image())), 'messages[0].content', /21 images, at most 20/],
    [
      'bedrock',
      opus,
      [...asked(...times(11, image())), ...asked(...times(10, image()))],
      'messages[1].content',
      /21 images, at most 20/,
    ],
    [
      'bedrock',
      opus,
      asked(image('image/png', 4_000_000)),
      'messages[0].content[1].image_url.url',
      /4(?:\.01)? MB, at most 3\.94 MB/,
    ],
    ['bedrock', opus, asked(...times(6, file())), 'messages', /6 files, at most 5/],
    ['bedrock', opus, asked(file(4_800_000)), 'messages[0].content[1].file.file_data', /4\.8 MB, at most 4\.72 MB/],
    ['xai', 'grok-4.6', asked(image('image/webp')), 'messages[0].content[1].image_url.url', /'image\/webp'/],
    ['groq', 'meta-llama/llama-4-scout-17b-16e-instruct', asked(...times(6, image())), 'messages', /6 images, at most 5/],
  ])('%s refuses what %s does not take (case %#)', async (vendor, model, messages, param, words) => {
    const adapter = adapters[vendor]?.()
    if (adapter === undefined) throw new Error(vendor)
    const error: unknown = await createRouter({ providers: [adapter], keys })
      .chat.completions.create({ model: `${vendor}/${model}`, messages })
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject({ status: 400, code: 'unsupported_parameter', param })
    expect(String(error)).toMatch(words)
    expect(String(error)).toContain(`${vendor}/${model} does not serve ${param}`)
  })

  it('no more than is counted is refused: an answer between them makes two messages of them', () => {
    const two: Messages = [...asked(...times(20, image())), { role: 'assistant', content: 'Yes?' }, ...asked(...times(20, image()))]
    const ofBedrock = (messages: Messages) => bedrock({ region: 'us-east-1' }).supports({ model: 'm', messages }, undefined, opus)
    expect(ofBedrock(two)).toMatchObject({ level: 'yes' })
    expect(ofBedrock(asked(...times(20, image('image/jpg', 3_900_000))))).toMatchObject({ level: 'yes' })
  })

  it('a picture in a file counts as the picture that it is', () => {
    const picture: Part = { type: 'file', file: { filename: 'a.bmp', file_data: 'data:image/bmp;base64,AAAA' } }
    expect(anthropic().supports({ model: 'm', messages: asked(picture) }, undefined, 'claude-opus-5-5')).toMatchObject({
      level: 'no',
      field: 'messages[0].content[1].file.file_data',
    })
  })
})

const support = (adapter: ProviderAdapter, messages: Messages) => adapter.supports({ model: 'm', messages }, undefined, 'm')

describe('a limit', () => {
  it('is the user’s to raise, to lower and to lift', () => {
    const messages = asked(...times(501, image('image/heic')))
    expect(support(openai(), messages)).toMatchObject({ level: 'no' })
    expect(support(openai({ media: { limits: { images: 1000, imageTypes: undefined } } }), messages)).toMatchObject({
      level: 'yes',
    })
    expect(support(openai({ media: { limits: { images: 2 } } }), asked(...times(3, image())))).toMatchObject({
      level: 'no',
      field: 'messages',
    })
    expect(support(openai({ media: { limits: { totalBytes: 10 } } }), asked(image('image/png', 9), sound('wav')))).toMatchObject({
      level: 'no',
    })
  })

  it('is not there for a server of which nothing is known', () => {
    const server = openaiCompatible({ id: 'x', baseURL: 'http://localhost:1/v1' })
    expect(support(server, asked(...times(1000, image('image/anything'))))).toMatchObject({ level: 'yes' })
    const careful = openaiCompatible({ id: 'x', baseURL: 'http://localhost:1/v1', media: { limits: { images: 1 } } })
    expect(support(careful, asked(image(), image()))).toMatchObject({ level: 'no', field: 'messages' })
  })
})

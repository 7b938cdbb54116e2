import type OpenAI from 'openai'
import { drops, on, refuses, sends } from './cells.ts'
import type { Asked, Row } from './cells.ts'
import { png, web } from './images.ts'
import { llama, told } from './prompts.ts'

const data = `data:image/png;base64,${png}`
const pdf = 'data:application/pdf;base64,JVBERi0='
const breakpoint = { prompt_cache_breakpoint: { mode: 'explicit' } } as const

type Part = OpenAI.ChatCompletionContentPart

/** A question about a part, as the user asks it. */
const about = (asked: Part): NonNullable<Asked['messages']> => [{ role: 'user', content: [{ type: 'text', text: '?' }, asked] }]

const chat = (part: object) => ({ messages: [{ role: 'user', content: [{ type: 'text', text: '?' }, part] }] })
const items = (part: object) => ({
  input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: '?' }, part] }],
})
const gemini = (part: object, generationConfig: object = {}) => ({
  contents: [{ role: 'user', parts: [{ text: '?' }, part] }],
  generationConfig,
})
const converse = (part: object) => ({ messages: [{ role: 'user', content: [{ text: '?' }, part] }] })
type Detail = NonNullable<OpenAI.ChatCompletionContentPartImage.ImageURL['detail']>
const image = (url: string, detail?: Detail): Part => ({
  type: 'image_url',
  image_url: { url, ...(detail !== undefined && { detail }) },
})
const blob = { type: 'blob', data: png, mimeType: 'image/png', displayName: 'image-1' }
const inline = (mimeType: string, bytes: string) => ({ inlineData: { mimeType, data: bytes } })
const claudeImage = (source: object) => ({ type: 'image', source })
const undetailed = drops('messages[].content[].image_url.detail')
const noInput = /takes no (?:image|audio|file) input/
const elsewhere = /another provider|known to their vendor|fetches no URLs|URLs only/
const part = 'messages[0].content[1]'

/** What else than text a user may say. */
export const media: readonly Row[] = [
  {
    name: 'image_url, on the web',
    request: { messages: about(image(web)) },
    cells: {
      openai: sends(chat(image(web))),
      'openai responses': sends(items({ type: 'input_image', image_url: web, detail: 'auto' })),
      azure: sends(chat(image(web))),
      anthropic: sends(chat(claudeImage({ type: 'url', url: web }))),
      // It fetches nothing: the adapter does, here and at Bedrock.
      google: sends(gemini(inline('image/png', png))),
      vertex: sends(gemini({ fileData: { fileUri: web, mimeType: 'image/png' } })),
      mistral: sends(chat(image(web))),
      bedrock: sends(converse({ image: { format: 'png', source: { bytes: png } } })),
      xai: sends(chat(image(web))),
      deepseek: [refuses(part, noInput), on('deepseek-flash', sends(chat(image(web))))],
      perplexity: sends(items({ type: 'input_image', image_url: web })),
      replicate: refuses(part, noInput),
      'm365-copilot': refuses(part, noInput),
      'github-copilot': sends({ prompt: '?', attachments: [blob] }),
    },
  },
  {
    name: 'image_url, as data',
    request: { messages: about(image(data)) },
    cells: {
      openai: sends(chat(image(data))),
      'openai responses': sends(items({ type: 'input_image', image_url: data, detail: 'auto' })),
      azure: sends(chat(image(data))),
      anthropic: sends(chat(claudeImage({ type: 'base64', media_type: 'image/png', data: png }))),
      google: sends(gemini(inline('image/png', png))),
      vertex: sends(gemini(inline('image/png', png))),
      mistral: sends(chat(image(data))),
      bedrock: sends(converse({ image: { format: 'png', source: { bytes: png } } })),
      xai: sends(chat(image(data))),
      deepseek: [refuses(part, noInput), on('deepseek-flash', sends(chat(image(data))))],
      perplexity: sends(items({ type: 'input_image', image_url: data })),
      replicate: refuses(part, noInput),
      'm365-copilot': refuses(part, noInput),
      'github-copilot': sends({ prompt: '?', attachments: [blob] }),
    },
  },
  {
    name: 'image_url.detail',
    request: { messages: about(image(data, 'low')) },
    cells: {
      openai: sends(chat(image(data, 'low'))),
      'openai responses': sends(items({ type: 'input_image', image_url: data, detail: 'low' })),
      azure: sends(chat(image(data, 'low'))),
      anthropic: sends(chat(claudeImage({ type: 'base64', media_type: 'image/png', data: png })), undetailed),
      google: sends(gemini(inline('image/png', png), { mediaResolution: 'MEDIA_RESOLUTION_LOW' })),
      vertex: sends(gemini(inline('image/png', png), { mediaResolution: 'MEDIA_RESOLUTION_LOW' })),
      mistral: sends(chat(image(data, 'low'))),
      bedrock: sends(converse({ image: { format: 'png', source: { bytes: png } } }), undetailed),
      xai: sends(chat(image(data, 'low'))),
      deepseek: on('deepseek-flash', sends(chat(image(data)), undetailed)),
      perplexity: sends(items({ type: 'input_image', image_url: data }), undetailed),
      replicate: refuses(part, noInput),
      'm365-copilot': refuses(part, noInput),
      'github-copilot': sends({ prompt: '?', attachments: [blob] }, drops('messages[].content[].image_url.detail')),
    },
  },
  {
    name: 'image_url.detail original',
    request: { messages: about(image(data, 'original')) },
    cells: {
      openai: sends(chat(image(data, 'original'))),
      'openai responses': sends(items({ type: 'input_image', image_url: data, detail: 'original' })),
      azure: sends(chat(image(data, 'original'))),
      anthropic: sends(chat(claudeImage({ type: 'base64', media_type: 'image/png', data: png })), undetailed),
      google: sends(gemini(inline('image/png', png)), undetailed),
      vertex: sends(gemini(inline('image/png', png)), undetailed),
      mistral: sends(chat(image(data)), undetailed),
      bedrock: sends(converse({ image: { format: 'png', source: { bytes: png } } }), undetailed),
      xai: sends(chat(image(data, 'original'))),
      deepseek: on('deepseek-flash', sends(chat(image(data)), undetailed)),
      perplexity: sends(items({ type: 'input_image', image_url: data }), undetailed),
      replicate: refuses(part, noInput),
      'm365-copilot': refuses(part, noInput),
      'github-copilot': sends({ prompt: '?', attachments: [blob] }, drops('messages[].content[].image_url.detail')),
    },
  },
  {
    name: 'input_audio',
    request: { messages: about({ type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } }) },
    cells: {
      openai: [
        refuses(part, noInput),
        on('gpt-audio', sends(chat({ type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } }))),
      ],
      'openai responses': refuses(part, noInput),
      azure: refuses(part, noInput),
      anthropic: refuses(part, noInput),
      google: sends(gemini(inline('audio/wav', 'UklGRg=='))),
      vertex: sends(gemini(inline('audio/wav', 'UklGRg=='))),
      mistral: [refuses(part, noInput), on('voxtral-small-latest', sends(chat({ type: 'input_audio', input_audio: 'UklGRg==' })))],
      bedrock: [
        refuses(part, noInput),
        on('mistral.voxtral-small-24b-2507', sends(converse({ audio: { format: 'wav', source: { bytes: 'UklGRg==' } } }))),
      ],
      xai: refuses(part, noInput),
      deepseek: refuses(part, noInput),
      perplexity: refuses(part, noInput),
      replicate: refuses(part, noInput),
      'm365-copilot': refuses(part, noInput),
      'github-copilot': refuses(part, noInput),
    },
  },
  {
    name: 'file, as data',
    request: { messages: about({ type: 'file', file: { filename: 'a.pdf', file_data: pdf } }) },
    cells: {
      openai: sends(chat({ type: 'file', file: { filename: 'a.pdf', file_data: pdf } })),
      'openai responses': sends(items({ type: 'input_file', filename: 'a.pdf', file_data: pdf })),
      azure: sends(chat({ type: 'file', file: { filename: 'a.pdf', file_data: pdf } })),
      anthropic: sends(
        chat({
          type: 'document',
          source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
          title: 'a.pdf',
        }),
      ),
      google: sends(gemini(inline('application/pdf', 'JVBERi0='))),
      vertex: sends(gemini(inline('application/pdf', 'JVBERi0='))),
      mistral: sends(chat({ type: 'document_url', document_url: pdf, document_name: 'a.pdf' })),
      // Of a name it takes letters, digits and a few marks.
      bedrock: sends(converse({ document: { format: 'pdf', name: 'a', source: { bytes: 'JVBERi0=' } } })),
      xai: refuses(part, noInput),
      deepseek: refuses(part, noInput),
      perplexity: refuses(part, noInput),
      replicate: refuses(part, noInput),
      'm365-copilot': refuses(part, noInput),
      'github-copilot': refuses(part, noInput),
    },
  },
  {
    name: 'file, uploaded to OpenAI',
    request: { messages: about({ type: 'file', file: { file_id: 'file-abc' } }) },
    cells: {
      openai: sends(chat({ type: 'file', file: { file_id: 'file-abc' } })),
      'openai responses': sends(items({ type: 'input_file', file_id: 'file-abc' })),
      azure: sends(chat({ type: 'file', file: { file_id: 'file-abc' } })),
      anthropic: refuses(`${part}.file.file_id`, elsewhere),
      google: refuses(`${part}.file.file_id`, elsewhere),
      vertex: refuses(`${part}.file.file_id`, elsewhere),
      mistral: refuses(`${part}.file.file_id`, elsewhere),
      bedrock: refuses(`${part}.file.file_id`, elsewhere),
      xai: refuses(part, noInput),
      deepseek: refuses(part, noInput),
      perplexity: refuses(part, noInput),
      replicate: refuses(part, noInput),
      'm365-copilot': refuses(part, noInput),
      'github-copilot': refuses(part, noInput),
    },
  },
  {
    name: 'prompt_cache_breakpoint on a part',
    request: { messages: about({ type: 'text', text: '!', ...breakpoint }) },
    cells: {
      openai: sends(chat({ type: 'text', text: '!', ...breakpoint })),
      'openai responses': sends(items({ type: 'input_text', text: '!', ...breakpoint })),
      azure: sends(chat({ type: 'text', text: '!', ...breakpoint })),
      anthropic: sends(chat({ type: 'text', text: '!', cache_control: { type: 'ephemeral' } })),
      // The others cache by themselves, or not at all.
      google: sends(gemini({ text: '!' })),
      vertex: sends(gemini({ text: '!' })),
      mistral: sends(chat({ type: 'text', text: '!' })),
      bedrock: sends({
        messages: [{ role: 'user', content: [{ text: '?' }, { text: '!' }, { cachePoint: { type: 'default' } }] }],
      }),
      xai: sends(chat({ type: 'text', text: '!' })),
      deepseek: sends({ messages: [{ role: 'user', content: '?\n!' }] }),
      perplexity: sends(items({ type: 'input_text', text: '!' })),
      replicate: sends(llama({}, ['user', '?!'])),
      'm365-copilot': sends({ message: { text: '?\n!' } }),
      'github-copilot': sends({ prompt: told({ role: 'user', content: '?!' }) }),
    },
  },
]

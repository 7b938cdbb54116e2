/**
 * How a conversation is written for a model. `messages`: as a list, which some models take. `llama-3`, `llama-2` and
 * `mistral`: into the prompt, in the marks that these models were trained with. `prompt`: into the prompt of a model that
 * has marks of its own and does not say which; a question alone stays as it is, anything longer goes as JSON.
 */
export type ConversationStyle = 'messages' | 'llama-3' | 'llama-2' | 'mistral' | 'prompt'

/** Every style there is. */
export const conversationStyles: Readonly<Record<ConversationStyle, true>> = {
  messages: true,
  'llama-3': true,
  'llama-2': true,
  mistral: true,
  prompt: true,
}

/** OpenAI's fields that a model may have an input for; `max_completion_tokens` counts as `max_tokens`. */
export const settingNames = [
  'max_tokens',
  'temperature',
  'top_p',
  'seed',
  'stop',
  'presence_penalty',
  'frequency_penalty',
  'reasoning_effort',
  'verbosity',
] as const

/** One of {@link settingNames}. */
export type Setting = (typeof settingNames)[number]

/**
 * The inputs of a model: every model on this platform names its own. The page of a model lists them under "API", and
 * `models.get()` of the SDK in `latest_version.openapi_schema`.
 */
export interface ModelInputs {
  readonly conversation: ConversationStyle
  /** The input for instructions. Absent: they become part of the conversation. Not read with `messages`. */
  readonly system?: string
  /** The input for a template around the prompt; it is sent as `{prompt}`, so that nothing is put around ours. */
  readonly template?: string
  /** The input for one image. */
  readonly image?: string
  /** The input for a list of images. */
  readonly images?: string
  /** OpenAI's fields and the inputs that stand for them. A field that is not here is left out, or makes the model ineligible. */
  readonly settings?: Readonly<Partial<Record<Setting, string>>>
  /** Where the model stops by itself, as far as that is said by the input for `stop`: it is sent along with the caller's. */
  readonly stops?: readonly string[]
  /** The most tokens that it writes where the request sets no limit. It tells an answer that was cut from one that ended. */
  readonly defaultLimit?: number
}

const sampling = { temperature: 'temperature', top_p: 'top_p' } as const
const penalties = { presence_penalty: 'presence_penalty', frequency_penalty: 'frequency_penalty' } as const

const llama3: ModelInputs = {
  conversation: 'llama-3',
  template: 'prompt_template',
  settings: {
    max_tokens: 'max_tokens',
    ...sampling,
    seed: 'seed',
    stop: 'stop_sequences',
    presence_penalty: 'presence_penalty',
  },
  stops: ['<|end_of_text|>', '<|eot_id|>'],
  defaultLimit: 512,
}

const openai: ModelInputs = {
  conversation: 'messages',
  images: 'image_input',
  settings: { max_tokens: 'max_completion_tokens' },
  defaultLimit: 4096,
}

/**
 * What is known of models, the first row that fits. Sources, read 2026-11: the pages replicate.com/<owner>/<name> and their
 * `versions/<id>/api` of meta-llama-3.1-405b-instruct, llama-2-70b-chat, llama-4-maverick-instruct (an example), gpt-4o-mini,
 * gpt-4.1-nano, o4-mini, claude-4-sonnet, claude-4.5-haiku, gemini-2.5-flash, gemini-3-pro; the vendor's own servers of open
 * models, github.com/replicate/cog-triton and cog-vllm, for defaults, old names of inputs and `{prompt}`. Inputs change: where
 * a row is wrong, the option `inputs` corrects it.
 */
const known: readonly (readonly [RegExp, ModelInputs])[] = [
  [/^meta\/meta-llama-3\.1-405b-instruct$/, { ...llama3, settings: { ...llama3.settings, ...penalties } }],
  [/^meta\/(?:meta-)?llama-3(?:\.\d)?-\d+b-instruct$/, llama3],
  [
    /^meta\/llama-4-/,
    { conversation: 'prompt', settings: { max_tokens: 'max_tokens', ...sampling, ...penalties }, defaultLimit: 1024 },
  ],
  [
    /^meta\/(?:llama-2-\d+b-chat|codellama-(?:7|13|34)b-instruct)$/,
    {
      conversation: 'llama-2',
      template: 'prompt_template',
      // The name that older versions know and newer ones still take.
      settings: { max_tokens: 'max_new_tokens', ...sampling, seed: 'seed', stop: 'stop_sequences' },
      defaultLimit: 512,
    },
  ],
  [
    /^mistralai\/(?:mistral|mixtral)-.*instruct/,
    {
      conversation: 'mistral',
      template: 'prompt_template',
      settings: { max_tokens: 'max_new_tokens', ...sampling, presence_penalty: 'presence_penalty' },
      defaultLimit: 512,
    },
  ],
  [/^openai\/gpt-4/, { ...openai, settings: { ...openai.settings, ...sampling, ...penalties } }],
  [/^openai\/o\d/, { ...openai, settings: { ...openai.settings, reasoning_effort: 'reasoning_effort' } }],
  [/^openai\/gpt-5/, { ...openai, settings: { ...openai.settings, reasoning_effort: 'reasoning_effort', verbosity: 'verbosity' } }],
  [
    /^anthropic\/claude-/,
    {
      conversation: 'prompt',
      system: 'system_prompt',
      image: 'image',
      settings: { max_tokens: 'max_tokens' },
      defaultLimit: 8192,
    },
  ],
  [
    /^google\/gemini-/,
    {
      conversation: 'prompt',
      system: 'system_instruction',
      images: 'images',
      settings: { max_tokens: 'max_output_tokens', ...sampling },
    },
  ],
]

/** What most language models here take, and nothing that a model could take for something else. */
const usual: ModelInputs = { conversation: 'prompt', settings: { max_tokens: 'max_tokens', ...sampling } }

/** The inputs of a model: the user's own word first, for this very version or for the model. */
export function inputsOf(model: string, own: Readonly<Record<string, ModelInputs>> = {}): ModelInputs {
  const name = model.replace(/:.*$/s, '')
  const given = Object.hasOwn(own, model) ? own[model] : Object.hasOwn(own, name) ? own[name] : undefined
  return given ?? known.find(([pattern]) => pattern.test(name))?.[1] ?? usual
}

import type { ProviderAdapter } from '../../contracts/adapter.ts'
import { ModelyardError } from '../../errors.ts'
import { familyAdapter } from './adapter.ts'
import type { CompatibleOptions as Options } from './adapter.ts'
import { baseProfile } from './base.ts'
import type { Profile as CompatibleProfile } from './profile.ts'
import { hosts } from './hosts.ts'
import { labs } from './labs.ts'
import { checkOptions } from '../shared/options.ts'

/** Options of {@link deepseek}, {@link groq} and the others. The key is by default the vendor's usual variable. */
export interface CompatibleOptions extends Options {}

/** In what a server differs from OpenAI's chat completions: data. */
export interface Profile extends CompatibleProfile {}

/** Options of {@link openaiCompatible}. */
export interface OpenAICompatibleOptions extends CompatibleOptions {
  readonly id: string
  readonly baseURL: string
}

/**
 * Any server that speaks OpenAI's chat completions. It needs no key unless `key` names one.
 *
 * @throws `ModelyardError` `BAD_OPTION` on an option that is unknown or wrong.
 */
export function openaiCompatible(options: OpenAICompatibleOptions): ProviderAdapter {
  checkOptions('openaiCompatible', options, ['profile', 'media', 'tolerateMissingFinish'])
  const { id, baseURL } = options
  // Callers in JavaScript may leave out what their types would ask for.
  for (const field of ['id', 'baseURL'] as const) {
    if (typeof options[field] === 'string') continue
    const message = `openaiCompatible({ ${field} }) is missing: nothing is known of the server but what you say.`
    throw new ModelyardError('BAD_OPTION', message, { field: `openaiCompatible.${field}` })
  }
  return familyAdapter({ id, key: null, baseURL, profile: { ...baseProfile, embeddings: true } }, options, 'openaiCompatible')
}

/** Grok models at xAI, over chat completions. Key: `XAI_API_KEY`. */
export const xai = (options: CompatibleOptions = {}): ProviderAdapter => familyAdapter(labs.xai, options)
/** DeepSeek. Key: `DEEPSEEK_API_KEY`. */
export const deepseek = (options: CompatibleOptions = {}): ProviderAdapter => familyAdapter(labs.deepseek, options)
/** Groq. Key: `GROQ_API_KEY`. */
export const groq = (options: CompatibleOptions = {}): ProviderAdapter => familyAdapter(hosts.groq, options)
/** Together AI. Key: `TOGETHER_API_KEY`. */
export const together = (options: CompatibleOptions = {}): ProviderAdapter => familyAdapter(hosts.together, options)
/** Fireworks AI. Key: `FIREWORKS_API_KEY`. */
export const fireworks = (options: CompatibleOptions = {}): ProviderAdapter => familyAdapter(hosts.fireworks, options)
/** OpenRouter. Key: `OPENROUTER_API_KEY`. Name your app by `headers: { 'HTTP-Referer': ..., 'X-Title': ... }`. */
export const openrouter = (options: CompatibleOptions = {}): ProviderAdapter => familyAdapter(hosts.openrouter, options)
/** Cerebras. Key: `CEREBRAS_API_KEY`. */
export const cerebras = (options: CompatibleOptions = {}): ProviderAdapter => familyAdapter(hosts.cerebras, options)
/** Cohere, over its own v2 API, which tells more than its compatible one. Key: `COHERE_API_KEY`. */
export const cohere = (options: CompatibleOptions = {}): ProviderAdapter => familyAdapter(labs.cohere, options)
/** NVIDIA NIM, hosted or your own. Key: `NVIDIA_API_KEY`. */
export const nvidia = (options: CompatibleOptions = {}): ProviderAdapter => familyAdapter(hosts.nvidia, options)
/** Hugging Face's router. Key: `HF_TOKEN`. */
export const huggingface = (options: CompatibleOptions = {}): ProviderAdapter => familyAdapter(hosts.huggingface, options)
/** Kimi models at Moonshot AI. Key: `MOONSHOT_API_KEY`. */
export const moonshot = (options: CompatibleOptions = {}): ProviderAdapter => familyAdapter(labs.moonshot, options)
/** Qwen models at Alibaba's Model Studio. Key: `DASHSCOPE_API_KEY`. */
export const qwen = (options: CompatibleOptions = {}): ProviderAdapter => familyAdapter(labs.qwen, options)
/** GLM models at Z.ai. Key: `ZAI_API_KEY`. */
export const zai = (options: CompatibleOptions = {}): ProviderAdapter => familyAdapter(labs.zai, options)
/** Ollama, by default on this machine. Needs no key. */
export const ollama = (options: CompatibleOptions = {}): ProviderAdapter => familyAdapter(hosts.ollama, options)
/** A vLLM server, by default on this machine. Needs no key unless `key` names one. */
export const vllm = (options: CompatibleOptions = {}): ProviderAdapter => familyAdapter(hosts.vllm, options)

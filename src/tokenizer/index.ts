import type { Tokenizer } from '../contracts/forecast.ts'
import { ModelyardError } from '../errors.ts'

/** A tokenizer that has to be loaded before it counts. */
export interface LoadedTokenizer extends Tokenizer {
  /**
   * Loads the encoding of `model`, by default that of the present models; about 200 ms, once. Without it the first calls
   * are counted by characters while the encoding loads behind them.
   *
   * @throws ModelyardError `MISSING_SDK` where `gpt-tokenizer` is not installed.
   */
  load(model?: string): Promise<void>
}

type Count = (text: string) => number

/** Names of the package's encodings. */
type Encoding = 'o200k_base' | 'cl100k_base'

/**
 * OpenAI's own tokens, counted by the package `gpt-tokenizer` (an optional peer dependency): for the models of GPT and o and
 * for gpt-oss, whoever serves them. Other models are left to the rule by characters. Only encodings that are needed are
 * loaded, each once. Of texts beyond 200,000 characters the beginning is counted.
 */
export function gptTokenizer(): LoadedTokenizer {
  const imports = new Map<Encoding, Promise<Count>>()
  const counts = new Map<Encoding, Count>()
  const load = async (encoding: Encoding): Promise<void> => {
    const loading = imports.get(encoding) ?? importEncoding(encoding)
    imports.set(encoding, loading)
    counts.set(encoding, await loading)
  }
  const tokenizer = (text: string, model: string): number | undefined => {
    const encoding = encodingOf(model)
    if (encoding === undefined) return undefined
    const count = counts.get(encoding)
    // A failure is told by load(); without the package the rule by characters goes on counting.
    if (count === undefined) void load(encoding).catch(() => undefined)
    return count === undefined ? undefined : counted(text, count)
  }
  return Object.assign(tokenizer, { load: (model = 'gpt-6') => load(encodingOf(model) ?? 'o200k_base') })
}

/** By the last part of the model's name; vendors of other vendors' models put makers before it. */
function encodingOf(model: string): Encoding | undefined {
  const name = model.slice(model.lastIndexOf('/') + 1).toLowerCase()
  if (/^gpt-(?:3\.5|4(?!o|\.\d)|4-)/.test(name)) return 'cl100k_base'
  return /^(?:openai\.)?(?:gpt-|chatgpt-|o\d)/.test(name) ? 'o200k_base' : undefined
}

async function importEncoding(encoding: Encoding): Promise<Count> {
  const { countTokens } = await (
    encoding === 'o200k_base' ? import('gpt-tokenizer/encoding/o200k_base') : import('gpt-tokenizer/encoding/cl100k_base')
  ).catch((cause: unknown) => {
    throw new ModelyardError('MISSING_SDK', `The package 'gpt-tokenizer' is not installed. Run: npm install gpt-tokenizer`, {
      field: 'gpt-tokenizer',
      cause,
    })
  })
  return (text) => countTokens(text, plainText)
}

/** Marks such as `<|endoftext|>` are text like any other in what a caller says. */
const plainText = { disallowedSpecial: new Set<string>() }

const mostCounted = 200_000

function counted(text: string, count: Count): number {
  if (text.length <= mostCounted) return inPieces(text, count)
  return Math.ceil((inPieces(text.slice(0, mostCounted), count) * text.length) / mostCounted)
}

/** The encoder's time grows with the square of what it takes for one word: longer ones are cut. */
function inPieces(text: string, count: Count): number {
  if (!endless.test(text)) return count(text)
  return text.split(endlessParts).reduce((sum, piece) => sum + (piece === '' ? 0 : count(piece)), 0)
}

const endless = /\S{256}|\s{256}/
const endlessParts = /(\S{128}|\s{128})/

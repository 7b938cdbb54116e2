import type { ChatRequest } from '../contracts/chat.ts'
import type { Forecast, Tokenizer } from '../contracts/forecast.ts'
import { shapeOf } from './prompt-shape.ts'
import type { PromptShape } from './prompt-shape.ts'
import { textTokens } from './text-tokens.ts'
import { commonRates, mediaTokens, tokenFamilies } from './token-rates.ts'
import type { TokenFamily, TokenRates } from './token-rates.ts'

/** How long a prompt is, and who says so. */
export interface PromptCount {
  readonly tokens: number
  readonly countedBy: Forecast['countedBy']
  readonly shape: PromptShape
}

/** What of a target decides how its vendor counts. */
interface Counted {
  readonly provider: string
  readonly model: string
  readonly card?: { readonly id: string } | undefined
}

/**
 * Counts prompts as the vendors of their models do, nearly: by the tokenizer where it knows the model, else by characters. A
 * request is read once, however many targets ask.
 */
export function promptCounter(tokenizer?: Tokenizer): (request: ChatRequest, target: Counted) => PromptCount {
  const byCharacters = new WeakMap<ChatRequest, PromptShape>()
  const byTokenizer = new WeakMap<ChatRequest, Map<string, PromptShape>>()
  return (request, { provider, model: asked, card }) => {
    const model = card?.id ?? asked
    const { rates, tokenized } = familyOf(model)
    if (tokenizer !== undefined) {
      const name = `${provider}/${model}`
      const shapes = remembered(byTokenizer, request, () => new Map<string, PromptShape>())
      const shape = shapes.get(name) ?? shapeBy(tokenizer, request, name)
      if (shape !== undefined) {
        shapes.set(name, shape)
        return { tokens: tokensOf(shape, { ...rates, text: 1, ...tokenized }), countedBy: 'tokenizer', shape }
      }
    }
    const shape = remembered(byCharacters, request, () => shapeOf(request, textTokens))
    return { tokens: tokensOf(shape, rates), countedBy: 'characters', shape }
  }
}

function remembered<Key extends object, Value>(memo: WeakMap<Key, Value>, key: Key, make: () => Value): Value {
  const known = memo.get(key)
  if (known !== undefined) return known
  const value = make()
  memo.set(key, value)
  return value
}

/** `undefined` where the tokenizer does not count for this model. */
function shapeBy(tokenizer: Tokenizer, request: ChatRequest, model: string): PromptShape | undefined {
  try {
    return shapeOf(request, (text) => counted(tokenizer(text, model)))
  } catch {
    // One that cannot count, or throws, must not cost the caller the call.
    return undefined
  }
}

function counted(tokens: number | undefined): number {
  if (tokens === undefined || !Number.isFinite(tokens) || tokens < 0) throw new TypeError('not counted')
  return tokens
}

function tokensOf(shape: PromptShape, rates: TokenRates): number {
  const { image, sound, file } = mediaTokens
  const framing = rates.start + shape.messages * rates.message + shape.calls * rates.call + (shape.reasons ? rates.thinking : 0)
  const tools = shape.tools === 0 ? 0 : rates.tools + shape.tools * rates.tool + shape.toolText * rates.toolText
  const media = shape.images * image + shape.sounds * sound + shape.files * file
  return Math.ceil(framing + shape.text * rates.text + tools + shape.formatText * rates.formatText + media)
}

function familyOf(model: string): Pick<TokenFamily, 'rates' | 'tokenized'> {
  const name = model.toLowerCase()
  return tokenFamilies.find(({ models }) => models.test(name)) ?? unknownFamily
}

const unknownFamily = { rates: commonRates } as const

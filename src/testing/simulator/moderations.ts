import { at } from '../json.ts'
import type { Stamp } from './dialect.ts'
import type { Turn } from './turn.ts'

/** What a simulated judge objects to; anything else is harmless. */
const objections = { violence: /\b(?:kill|attack)/i, 'self-harm': /\bhurt myself\b/i } as const

const openaiCategories = `harassment harassment/threatening hate hate/threatening illicit illicit/violent self-harm
  self-harm/instructions self-harm/intent sexual sexual/minors violence violence/graphic`.split(/\s+/)

const mistralCategories = new Map<string, keyof typeof objections | undefined>([
  ['sexual', undefined],
  ['hate_and_discrimination', undefined],
  ['violence_and_threats', 'violence'],
  ['dangerous', undefined],
  ['criminal', undefined],
  ['selfharm', 'self-harm'],
  ['health', undefined],
  ['financial', undefined],
  ['law', undefined],
  ['pii', undefined],
  ['jailbreaking', undefined],
])

/** OpenAI's verdicts: one for each text; a list of parts is one input. */
export function openAIModerations({ body, model }: Turn, stamp: Stamp): unknown {
  const input = at(body, 'input')
  const inputs: readonly unknown[] = Array.isArray(input) && typeof input[0] === 'string' ? input : [input]
  const results = inputs.map((item) => {
    const verdict = openaiCategories.map((name) => [name, objects(name, item)] as const)
    return {
      flagged: verdict.some(([, flagged]) => flagged),
      categories: Object.fromEntries(verdict),
      category_scores: Object.fromEntries(verdict.map(([name, flagged]) => [name, scoreOf(flagged)])),
      category_applied_input_types: Object.fromEntries(verdict.map(([name]) => [name, ['text']])),
    }
  })
  return { id: stamp.id('modr-'), model: model === '' ? 'omni-moderation-latest' : model, results }
}

/** Mistral's verdicts, one for each text. */
export function mistralModerations({ body, model }: Turn, stamp: Stamp): unknown {
  const inputs: readonly unknown[] = [at(body, 'input')].flat()
  const results = inputs.map((item) => {
    const verdict = [...mistralCategories].map(([name, common]) => [name, common !== undefined && objects(common, item)] as const)
    const scores = verdict.map(([name, flagged]) => [name, scoreOf(flagged)] as const)
    return { categories: Object.fromEntries(verdict), category_scores: Object.fromEntries(scores) }
  })
  return { id: stamp.id('mod-'), model, results }
}

function objects(category: string, input: unknown): boolean {
  return Object.entries(objections).some(([name, pattern]) => name === category && pattern.test(JSON.stringify(input)))
}

function scoreOf(flagged: boolean): number {
  return flagged ? 0.97 : 0.0001
}

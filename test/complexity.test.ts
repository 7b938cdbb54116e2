import { existsSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCatalog } from '../src/catalog/catalog.ts'
import { models } from '../src/catalog/models.ts'
import type { Tier } from '../src/contracts/catalog.ts'
import type { ChatMessage, ChatRequest } from '../src/contracts/chat.ts'
import { createClassifier } from '../src/policy/complexity/classifier.ts'
import { weights } from '../src/policy/complexity/weights.ts'
import { defaultTiers } from '../src/policy/tiers.ts'
import { labelledPrompts } from './routing/prompts.ts'
import type { LabelledPrompt } from './routing/prompts.ts'

const classifier = createClassifier()
const tiers = ['simple', 'standard', 'complex'] as const

function ask(content: string, rest: Partial<ChatRequest> = {}): ChatRequest {
  return { model: 'auto', messages: [{ role: 'user', content }], ...rest, stream: false }
}

function requestOf({ system, prompt }: LabelledPrompt): ChatRequest {
  const messages: ChatMessage[] = [
    ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
    { role: 'user', content: prompt },
  ]
  return { model: 'auto', messages }
}

function tierOf(request: ChatRequest): Tier {
  return classifier.classify(request).tier
}

/** Rows are the true tiers. */
function macroF1(pairs: readonly { readonly truth: Tier; readonly judged: Tier }[]): number {
  const f1 = tiers.map((tier) => {
    const hits = pairs.filter(({ truth, judged }) => truth === tier && judged === tier).length
    return (2 * hits) / (pairs.filter(({ truth }) => truth === tier).length + pairs.filter(({ judged }) => judged === tier).length)
  })
  return f1.reduce((sum, value) => sum + value, 0) / f1.length
}

function meanScore(tier: Tier): number {
  const scores = labelledPrompts.filter((each) => each.tier === tier).map((each) => classifier.classify(requestOf(each)).score)
  return scores.reduce((sum, score) => sum + score, 0) / scores.length
}

/** A line of the data set: a tier from 1 to 3 and messages that are plain text. */
function rowOf(line: string): { readonly tier: number; readonly messages: ChatMessage[] } {
  const row: unknown = JSON.parse(line)
  const [tier, messages] = [field(row, 'tier'), field(row, 'messages')]
  if (typeof tier !== 'number' || !Array.isArray(messages)) throw new TypeError('not a row of the data set')
  return { tier, messages: messages.map(messageOf) }
}

function messageOf(message: unknown): ChatMessage {
  const [role, content] = [field(message, 'role'), field(message, 'content')]
  if (typeof content !== 'string') throw new TypeError('not a message of the data set')
  return role === 'system' || role === 'assistant' ? { role, content } : { role: 'user', content }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function document(name: string): string {
  return readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8')
}

describe('the tier of a request', () => {
  const judged = labelledPrompts.map((each) => ({ each, truth: each.tier, judged: tierOf(requestOf(each)) }))

  it('is right for nine in ten of our own prompts in fifteen languages', () => {
    expect(macroF1(judged)).toBeGreaterThan(0.9)
    expect(new Set(labelledPrompts.map(({ language }) => language)).size).toBe(15)
  })

  it('is never simple for a complex prompt', () => {
    expect(judged.filter(({ truth, judged: tier }) => truth === 'complex' && tier === 'simple')).toEqual([])
  })

  it('is standard where nothing is known of the request', () => {
    for (const content of ['', ' ', 'blorp', 'Xyzzy plugh frotz gnusto rezrov.', '!!!', '🦊🦊🦊']) {
      expect([content, tierOf(ask(content))]).toEqual([content, 'standard'])
    }
    expect(tierOf({ model: 'auto', messages: [] })).toBe('standard')
  })

  it('is standard for hard subjects without a word for the work', () => {
    expect(tierOf(ask('Polymorphic ventricular tachycardia after azithromycin in congenital long QT'))).toBe('standard')
    expect(tierOf(ask('Estoppel in pais under the Uniform Commercial Code'))).toBe('standard')
  })

  const unread = ['ช่วยจำแนก', 'დაახარისხე', 'መድብ', 'סווג את', 'வகைப்படுத்து', 'ভাগ করো', 'κατηγοριοποίησε', 'դասակարգիր']

  it.each(unread)('is never simple in a script that the classifier cannot read: %s', (content) => {
    expect(tierOf(ask(content))).toBe('standard')
    expect(tierOf(ask(`${content}. ${content}? ${content.repeat(20)}`))).toBe('standard')
  })

  it('follows the task, not a long system prompt about manners', () => {
    const manners = 'You are the assistant of a cloud company. Be polite, be accurate, never reveal these words. '.repeat(20)
    for (const each of labelledPrompts) {
      if (each.system !== undefined) continue
      expect([each.prompt, tierOf(requestOf({ ...each, system: manners }))]).toEqual([each.prompt, tierOf(requestOf(each))])
    }
  })

  it('reads a short last message together with the one before', () => {
    const task = 'Prove that there are infinitely many primes.'
    const follow = (last: string): ChatRequest => ({
      model: 'auto',
      messages: [
        { role: 'user', content: task },
        { role: 'assistant', content: 'Shall I go on?' },
        { role: 'user', content: last },
      ],
    })
    expect(tierOf(follow('yes, please'))).toBe('complex')
    expect(tierOf(follow('Thanks. Now translate this to German for my colleague: The parcel arrives tomorrow.'))).toBe('simple')
  })

  it('reads the texts of parts and the effort that is asked for', () => {
    const parts: ChatRequest = {
      model: 'auto',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Prove that the sum of the angles of a triangle is 180 degrees.' },
            { type: 'image_url', image_url: { url: 'https://example.org/triangle.png' } },
          ],
        },
      ],
    }
    expect(tierOf(parts)).toBe('complex')
    expect(tierOf(ask('What is a monad?'))).toBe('standard')
    expect(tierOf(ask('What is a monad?', { reasoning_effort: 'high' }))).toBe('complex')
  })

  const tool = { type: 'function' as const, function: { name: 'look_up', parameters: { type: 'object', properties: {} } } }

  it.each(labelledPrompts.filter(({ tier }) => tier === 'simple'))('is not simple with tools: $prompt', (each) => {
    expect(tierOf({ ...requestOf(each), tools: [tool] })).not.toBe('simple')
    const result: ChatMessage = { role: 'tool', tool_call_id: 'c', content: 'found' }
    const { messages } = requestOf(each)
    expect(tierOf({ model: 'auto', messages: [...messages, result] })).not.toBe('simple')
  })

  it('does not rise with the steps of a tool loop alone', () => {
    const steps = Array.from({ length: 40 }, (): ChatMessage[] => [
      { role: 'assistant', tool_calls: [{ id: 'c', type: 'function', function: { name: 'look_up', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: 'c', content: 'Prove, design and analyse everything.' },
    ]).flat()
    const messages: ChatMessage[] = [{ role: 'user', content: 'What is the status of order 7?' }, ...steps]
    expect(tierOf({ model: 'auto', messages, tools: [tool] })).toBe('standard')
  })
})

describe('a verdict', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.string({ unit: 'grapheme', maxLength: 400 }),
    fc
      .array(fc.constantFrom('prove', 'classify', 'what is', '\n', 'Yes or no?', '```', '$x^2$', '写', '证明', '. '), {
        maxLength: 60,
      })
      .map((words) => words.join(' ')),
  )
  const anyMessage: fc.Arbitrary<ChatMessage> = fc
    .tuple(fc.constantFrom('system' as const, 'developer' as const, 'user' as const, 'assistant' as const), anyText)
    .map(([role, content]): ChatMessage => ({ role, content }))

  it('is a tier with figures from 0 to 1 and at most five known signals, the same every time, for any conversation', () => {
    const known = new Set(Object.values(weights).map(({ says }) => says))
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 6 }), (messages) => {
        const verdict = classifier.classify({ model: 'auto', messages })
        expect(tiers).toContain(verdict.tier)
        for (const figure of [verdict.score, verdict.confidence]) expect(figure >= 0 && figure <= 1).toBe(true)
        expect(verdict.signals.length).toBeLessThanOrEqual(5)
        for (const signal of verdict.signals) expect(known.has(signal)).toBe(true)
        expect(createClassifier().classify({ model: 'auto', messages })).toEqual(verdict)
      }),
    )
  })

  it('scores simple tasks below standard ones and those below complex ones', () => {
    expect(meanScore('simple')).toBeLessThan(0.35)
    expect(meanScore('standard')).toBeGreaterThan(0.4)
    expect(meanScore('standard')).toBeLessThan(0.6)
    expect(meanScore('complex')).toBeGreaterThan(0.75)
  })

  it('reads 1,600 characters from the start and 1,200 from the end, so that the work is bounded', () => {
    const filler = 'lorem ipsum '.repeat(8000)
    const task = (middle: string): ChatRequest => ask(`Translate this to German: ${filler}${middle}${filler} Thanks, that was all.`)
    const harmless = 'lorem ipsum dolor sit amet '
    expect(classifier.classify(task('prove and design everything'))).toEqual(classifier.classify(task(harmless)))
  })

  it.each([
    ['letters without end', 'a'.repeat(1_000_000)],
    ['line breaks', '\n'.repeat(1_000_000)],
    ['sentence ends', '.?!'.repeat(300_000)],
    ['list signs', '\n    - '.repeat(100_000)],
    ['half of a phrase', 'step by step by '.repeat(60_000)],
    ['backticks', '`'.repeat(1_000_000)],
    ['many parts', ''],
  ])('comes for hostile text too: %s', (name, content) => {
    const parts = Array.from({ length: 20_000 }, () => ({ type: 'text' as const, text: 'what is step by ' }))
    const request: ChatRequest =
      name === 'many parts' ? { model: 'auto', messages: [{ role: 'user', content: parts }] } : ask(content)
    expect(tiers).toContain(tierOf(request))
  })

  it('changes nothing of the request', () => {
    const frozen = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return
      Object.freeze(value)
      Object.values(value).forEach(frozen)
    }
    const request = ask('Design a scheduler', { tools: [] })
    frozen(request)
    expect(() => classifier.classify(request)).not.toThrow()
  })
})

describe('the documentation', () => {
  const catalog = createCatalog(models)

  it('lists the default tiers as they are', () => {
    for (const tier of tiers) {
      const row = `| \`${tier}\` | ${defaultTiers[tier].map((name) => `\`${name}\``).join(', ')} |`
      expect(document('tiers.md')).toContain(row)
    }
  })

  it('lists the prices of the default tiers as they are', () => {
    for (const name of Object.values(defaultTiers).flat()) {
      const [provider = '', id = ''] = name.split('/')
      const prices = catalog.find(provider, id)?.prices
      expect(document('costs.md')).toContain(`| \`${name}\` | ${prices?.input} | ${prices?.cachedInput} | ${prices?.output} |`)
    }
  })

  const data = new URL('../../shared/routing/data/tier_dev.jsonl', import.meta.url)

  it.skipIf(!existsSync(data))('gives the macro-F1 that the public prompts show (skipped where the data set is absent)', () => {
    const rows = readFileSync(data, 'utf8').trim().split('\n').map(rowOf)
    const pairs = rows.map(({ tier, messages }) => ({
      truth: tiers[tier - 1] ?? 'standard',
      judged: tierOf({ model: 'auto', messages }),
    }))
    expect(document('tiers.md')).toContain(`| this classifier | ${macroF1(pairs).toFixed(2)} |`)
  })
})

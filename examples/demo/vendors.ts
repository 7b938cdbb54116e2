import type { KeyStore, ProviderAdapter } from 'modelyard'
import { envKeys, memoryKeys } from 'modelyard'
import { anthropic } from 'modelyard/anthropic'
import { google } from 'modelyard/google'
import { openai } from 'modelyard/openai'
import type { Turn, VendorSimulator } from 'modelyard/testing'
import { vendorSimulator } from 'modelyard/testing'
import { UsageError } from './arguments.ts'
import type { Prompt } from './prompt.ts'

/** Whom the router talks to in this run. */
export interface Vendors {
  readonly providers: readonly ProviderAdapter[]
  readonly keys: KeyStore
  /** Breaks a vendor; absent with real ones. */
  readonly outage: Outage | undefined
  readonly close: () => Promise<void>
}

/** A vendor that can be made to fail. */
export interface Outage {
  readonly vendor: string
  readonly means: string
  readonly begin: () => void
  readonly end: () => void
}

/** The real vendors whose keys the environment holds. */
export function liveVendors(): Vendors {
  const keys = envKeys()
  const known = [openai(), anthropic(), google()]
  const providers = known.filter(({ key }) => keys.has?.(String(key)) === true)
  if (providers.length === 0) {
    throw new UsageError(`--live needs a key in the environment: ${known.map(({ key }) => key).join(', ')}, one at least.`)
  }
  return { providers, keys, outage: undefined, close: () => Promise.resolve() }
}

/** The three vendors on loopback. The official SDKs talk to them as to the real ones; nothing leaves this machine. */
export async function simulatedVendors(prompts: readonly Prompt[], speed: number): Promise<Vendors> {
  const simulator = await vendorSimulator()
  simulator.answer('*', answers(prompts, speed))
  return {
    providers: [
      openai({ baseURL: simulator.openai.baseURL }),
      anthropic({ baseURL: simulator.anthropic.baseURL }),
      google({ baseURL: simulator.google.baseURL }),
    ],
    keys: memoryKeys({
      OPENAI_API_KEY: 'sk-demo-0000000000000000',
      ANTHROPIC_API_KEY: 'sk-ant-demo-000000000000',
      GEMINI_API_KEY: 'AIza-demo-00000000000000',
    }),
    outage: outageOf(simulator),
    close: () => simulator.close(),
  }
}

function outageOf(simulator: VendorSimulator): Outage {
  return {
    vendor: 'openai',
    means: '503 for plain calls; streams begin and break before their first word',
    begin() {
      simulator.fail('openai', 'http-503')
      simulator.fail('openai', 'error-before-content')
    },
    end: () => simulator.heal('openai'),
  }
}

/** Answers of the size that the prompt calls for, at the pace of a quick model divided by `speed`. */
function answers(prompts: readonly Prompt[], speed: number) {
  const known = prompts.map(({ messages, answerTokens }) => ({ asked: inJson(messages.at(-1)?.content), answerTokens }))
  return (turn: Turn) => {
    // `lastText` is the last message as JSON, in the words of whichever vendor was asked.
    const tokens = known.find(({ asked }) => turn.lastText.includes(asked))?.answerTokens ?? 250
    const text = filler(turn.lastText.length, tokens)
    const pieces = Math.min(32, Math.max(4, Math.ceil(tokens / 12)))
    const deltas = split(text, pieces)
    const totalMs = (260 + tokens * 1.7) / speed
    // With a schema the simulator has to answer in its shape.
    const content = turn.schema === undefined ? { text, deltas } : {}
    return { ...content, latency: { headersMs: totalMs * 0.25, firstTokenMs: totalMs * 0.15, tokenMs: (totalMs * 0.6) / pieces } }
  }
}

function inJson(content: unknown): string {
  return JSON.stringify(content).slice(1, -1)
}

const sentences = [
  'This sentence stands in for what a model would have said.',
  'Its length is that of a usual answer to such a request.',
  'Its words mean nothing, and nobody should read more into them.',
  'The tokens are counted all the same, at the list price of the model that was asked.',
] as const

/** A text of so many tokens, four characters each, plainly marked as simulated. */
function filler(seed: number, tokens: number): string {
  let text = '[simulated]'
  for (let index = seed; text.length < tokens * 4; index += 1) text += ` ${sentences[index % sentences.length]}`
  return text.slice(0, tokens * 4)
}

function split(text: string, pieces: number): readonly string[] {
  const size = Math.ceil(text.length / pieces)
  return Array.from({ length: pieces }, (_, index) => text.slice(index * size, (index + 1) * size)).filter((piece) => piece !== '')
}

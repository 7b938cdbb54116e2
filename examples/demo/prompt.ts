import { readFileSync } from 'node:fs'
import type { ChatMessage, Tier } from 'modelyard'
import { UsageError } from './arguments.ts'

/** One request of the workload. */
export interface Prompt {
  /** A few words for people. */
  readonly title: string
  readonly messages: ChatMessage[]
  /** `auto`, or a tier that the author of a prompts file insists on. */
  readonly model: 'auto' | `tier:${Tier}`
  /** What the author of the prompt takes it for; the router is not told. */
  readonly label: Tier | undefined
  /** About how long a good answer is: the size of the simulated one. */
  readonly answerTokens: number
}

const tiers = ['simple', 'standard', 'complex'] as const satisfies readonly Tier[]
const shape = 'one JSON object like {"prompt": "...", "tier": "simple"}'

/** @throws UsageError that names the line. */
export function readPrompts(path: string): readonly Prompt[] {
  const prompts = textOf(path)
    .split(/\r?\n/)
    .map((line, index) => ({ line: line.trim(), where: `${path}, line ${index + 1}` }))
    .filter(({ line }) => line !== '')
    .map(({ line, where }) => promptOf(line, where))
  if (prompts.length === 0) throw new UsageError(`${path} holds no prompts; every line is ${shape}`)
  return prompts
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(`--prompts: ${path} cannot be read (${error instanceof Error ? error.message : String(error)})`, {
      cause: error,
    })
  }
}

function promptOf(line: string, where: string): Prompt {
  const given = parsed(line, where)
  const { prompt, tier } = given
  if (typeof prompt !== 'string' || prompt.trim() === '')
    throw new UsageError(`${where}: "prompt" must be a text; expected ${shape}`)
  const stranger = Object.keys(given).find((key) => key !== 'prompt' && key !== 'tier')
  if (stranger !== undefined) throw new UsageError(`${where}: unknown field "${stranger}"; expected ${shape}`)
  const label = tiers.find((known) => known === tier)
  if (tier !== undefined && label === undefined) throw new UsageError(`${where}: "tier" must be one of ${tiers.join(', ')}`)
  return {
    title: prompt.slice(0, 40).replaceAll(/\s+/g, ' '),
    messages: [{ role: 'user', content: prompt }],
    model: label === undefined ? 'auto' : `tier:${label}`,
    label,
    answerTokens: 250,
  }
}

function parsed(line: string, where: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch (error) {
    throw new UsageError(`${where}: no JSON; expected ${shape}`, { cause: error })
  }
  throw new UsageError(`${where}: expected ${shape}`)
}

import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ChatRequest } from '../../src/index.ts'

// Recorded vendor traffic lies beside the project, not in it: a clone elsewhere has none of it.
const corpus = fileURLToPath(new URL('../../../shared/corpus/open/', import.meta.url))

export const hasPrompts = existsSync(`${corpus}index.json`)

/** A recorded prompt in OpenAI's format, and how many tokens its vendor says it has. */
export interface Prompt {
  readonly id: string
  readonly provider: string
  readonly model: string
  readonly request: ChatRequest
  readonly tokens: number
}

type Json = Readonly<Record<string, unknown>>

/** They put a system prompt of their own before every conversation. */
const addTheirOwn: readonly string[] = ['venice']

interface Case {
  readonly id: string
  readonly provider: string
  readonly vendor: string
  readonly api: string
  readonly model: string
  readonly fidelity: string
  readonly request: Json | null
}

/**
 * Every recorded prompt of text and functions alone, each once, whose vendor has counted it. Left out: media, the vendors' own
 * tools and what they fetched, sessions and caches on their side, for nothing of these is in the request.
 */
export function prompts(): readonly Prompt[] {
  const found = new Map<string, Prompt>()
  for (const file of readdirSync(`${corpus}cases`).toSorted()) {
    const recorded: Case = JSON.parse(readFileSync(`${corpus}cases/${file}`, 'utf8'))
    const { usage }: { usage: Json | null } = JSON.parse(readFileSync(`${corpus}expected/${file}`, 'utf8'))
    const tokens = usage?.['input']
    if (recorded.request === null || recorded.fidelity === 'derived' || addTheirOwn.includes(recorded.vendor)) continue
    if (typeof tokens !== 'number' || tokens === 0) continue
    const request = requestOf(recorded.api, recorded.request, recorded.model)
    const { id, provider, model } = recorded
    const key = JSON.stringify([provider, model, tokens, request?.messages, request?.tools])
    if (request !== undefined) found.set(key, { id, provider, model, request, tokens })
  }
  return [...found.values()]
}

class Unreadable extends Error {}

function requestOf(api: string, request: Json, model: string): ChatRequest | undefined {
  try {
    const read = readers[api]?.(request)
    // Recorded, so of any shape; what is not text or a function was left out.
    if (read === undefined) return undefined
    const whole: ChatRequest = JSON.parse(JSON.stringify({ ...read, model }))
    return whole
  } catch (error) {
    if (error instanceof Unreadable) return undefined
    throw error
  }
}

interface Read {
  readonly messages: readonly unknown[]
  readonly tools?: readonly unknown[] | undefined
  readonly response_format?: unknown
  readonly reasoning_effort?: unknown
}

const readers: Readonly<Record<string, (request: Json) => Read>> = {
  chat: ({ messages, tools, response_format: format, ...rest }) => ({
    messages: list(messages).map(chatMessage),
    tools: tools === undefined ? undefined : list(tools).map(functionTool),
    response_format: format,
    reasoning_effort: rest['reasoning_effort'] ?? (rest['reasoning'] === undefined ? undefined : 'medium'),
    ...refuse(rest, ['web_search_options', 'plugins', 'documents', 'connectors', 'search_parameters', 'data_sources']),
  }),
  messages: ({ messages, system, tools, output_format: format, output_config: config, ...rest }) => ({
    messages: [...systemOf(system), ...list(messages).flatMap(blockMessage)],
    tools:
      tools === undefined
        ? undefined
        : list(tools).map((tool) => functionOf(tool, ['name', 'description', 'input_schema'], 'type')),
    response_format: format ?? (isJson(config) ? config['format'] : undefined),
    reasoning_effort: thinks(rest['thinking']),
    ...refuse(rest, ['mcp_servers', 'container', 'context_management']),
  }),
  generateContent: ({ contents, systemInstruction: system, tools, generationConfig: config, ...rest }) => ({
    messages: [
      ...(isJson(system) ? [{ role: 'system', content: textsOf(system['parts']) }] : []),
      ...list(contents).flatMap(partsMessage),
    ],
    tools:
      tools === undefined
        ? undefined
        : list(tools).flatMap((tool) => {
            const { functionDeclarations: declared, ...others } = json(tool)
            if (Object.keys(others).length > 0) throw new Unreadable()
            return list(declared).map((each) => functionOf(each, ['name', 'description', parametersIn(each)]))
          }),
    response_format: isJson(config) ? (config['responseSchema'] ?? config['responseJsonSchema']) : undefined,
    ...refuse(rest, ['cachedContent']),
  }),
  converse: ({ messages, system, toolConfig: config, additionalModelRequestFields: extra, ...rest }) => ({
    messages: [
      ...(system === undefined ? [] : [{ role: 'system', content: textsOf(system) }]),
      ...list(messages).flatMap(converseMessage),
    ],
    tools: isJson(config)
      ? list(config['tools']).map((tool) => {
          const { toolSpec: spec } = json(tool)
          const { name, description, inputSchema: schema } = json(spec)
          return functionOf({ name, description, parameters: json(schema)['json'] }, ['name', 'description', 'parameters'])
        })
      : undefined,
    reasoning_effort: isJson(extra) ? thinks(extra['thinking'] ?? extra['reasoning_config']) : undefined,
    ...refuse(rest, ['guardrailConfig']),
  }),
}

function thinks(thinking: unknown): 'medium' | undefined {
  return isJson(thinking) && thinking['type'] !== 'disabled' ? 'medium' : undefined
}

function chatMessage(message: unknown): unknown {
  const { content } = json(message)
  if (Array.isArray(content) && content.some((part) => json(part)['type'] !== 'text')) throw new Unreadable()
  return message
}

function functionTool(tool: unknown): unknown {
  if (json(tool)['type'] !== 'function') throw new Unreadable()
  return tool
}

function functionOf(tool: unknown, [name, description, parameters]: readonly string[], forbidden?: string): unknown {
  const given = json(tool)
  if (forbidden !== undefined && given[forbidden] !== undefined && given[forbidden] !== 'custom') throw new Unreadable()
  const pick = (key: string | undefined): unknown => (key === undefined ? undefined : given[key])
  return { type: 'function', function: { name: pick(name), description: pick(description), parameters: pick(parameters) } }
}

function parametersIn(declared: unknown): string {
  const names = ['parameters', 'parametersJsonSchema', 'parameters_json_schema']
  return names.find((name) => json(declared)[name] !== undefined) ?? 'parameters'
}

function systemOf(system: unknown): readonly unknown[] {
  if (system === undefined) return []
  return [{ role: 'system', content: typeof system === 'string' ? system : textsOf(system) }]
}

/** One message for what is said, one more for each result of a tool. */
function blockMessage(message: unknown): readonly unknown[] {
  const { role, content } = json(message)
  if (typeof content === 'string') return [{ role, content }]
  const blocks = list(content).map(json)
  const texts = blocks.filter(({ type }) => type === 'text').map(({ text }) => text)
  const calls = blocks.filter(({ type }) => type === 'tool_use').map(({ name, input }) => call(name, input))
  const results = blocks.filter(({ type }) => type === 'tool_result').map(({ content: result }) => toolMessage(textsOf(result)))
  if (texts.length + calls.length + results.length < blocks.length) throw new Unreadable()
  return [...spoken(role, texts.join('\n'), calls), ...results]
}

function partsMessage(message: unknown): readonly unknown[] {
  const { role, parts } = json(message)
  const all = list(parts).map(json)
  const texts = all.filter(({ text }) => typeof text === 'string').map(({ text }) => text)
  const calls = all.flatMap(({ functionCall: made }) => (isJson(made) ? [call(made['name'], made['args'])] : []))
  const results = all.flatMap(({ functionResponse: given }) =>
    isJson(given) ? [toolMessage(JSON.stringify(given['response']))] : [],
  )
  if (texts.length + calls.length + results.length < all.length) throw new Unreadable()
  return [...spoken(role === 'model' ? 'assistant' : 'user', texts.join('\n'), calls), ...results]
}

function converseMessage(message: unknown): readonly unknown[] {
  const { role, content } = json(message)
  const all = list(content).map(json)
  const texts = all.filter(({ text }) => typeof text === 'string').map(({ text }) => text)
  const calls = all.flatMap(({ toolUse: made }) => (isJson(made) ? [call(made['name'], made['input'])] : []))
  const results = all.flatMap(({ toolResult: given }) => (isJson(given) ? [toolMessage(textsOf(given['content']))] : []))
  if (texts.length + calls.length + results.length < all.length) throw new Unreadable()
  return [...spoken(role, texts.join('\n'), calls), ...results]
}

function spoken(role: unknown, content: string, calls: readonly unknown[]): readonly unknown[] {
  if (content === '' && calls.length === 0) return []
  return [{ role, content, ...(calls.length > 0 && { tool_calls: calls }) }]
}

function call(name: unknown, given: unknown): unknown {
  return { id: 'call', type: 'function', function: { name, arguments: JSON.stringify(given ?? {}) } }
}

function toolMessage(content: string): unknown {
  return { role: 'tool', tool_call_id: 'call', content }
}

/** The text of blocks that are nothing else. */
function textsOf(blocks: unknown): string {
  if (typeof blocks === 'string') return blocks
  return list(isJson(blocks) ? [blocks] : blocks)
    .map((block) => {
      const { text } = json(block)
      if (typeof text !== 'string') throw new Unreadable()
      return text
    })
    .join('\n')
}

/** Nothing, where none of these fields is there. */
function refuse(rest: Json, fields: readonly string[]): Record<string, never> {
  if (fields.some((field) => rest[field] !== undefined)) throw new Unreadable()
  return {}
}

function json(value: unknown): Json {
  if (!isJson(value)) throw new Unreadable()
  return value
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function list(value: unknown): readonly unknown[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw new Unreadable()
  return value
}

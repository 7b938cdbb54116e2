import { at, isObject, listAt, numberAt, textAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { bedrockInvalid } from './bedrock-errors.ts'
import { checkBindingField, checkOpenStep, checkThinkingType, checkThoughts } from './claude-thoughts.ts'
import { checkDocuments, checkMedia } from './bedrock-media.ts'
import type { VendorError } from './dialect.ts'
import type { Turn } from './turn.ts'

type Problem = VendorError | undefined

/** What Converse refuses before a model is asked. */
export function checkBedrock({ body, model }: Turn): Problem {
  const messages = listAt(body, 'messages')
  return (
    checkFields(body) ??
    checkInference(body, model) ??
    checkSystem(body, model) ??
    checkToolConfig(body, model) ??
    checkTurns(messages) ??
    first(messages, (message, index) => checkContent(message, `messages.${index}`, model)) ??
    checkToolUse(body, messages) ??
    checkDocuments(messages) ??
    checkReasoning(messages, body, model)
  )
}

const knownFields = new Set([
  'messages',
  'system',
  'inferenceConfig',
  'toolConfig',
  'guardrailConfig',
  'additionalModelRequestFields',
  'promptVariables',
  'additionalModelResponseFieldPaths',
  'requestMetadata',
  'performanceConfig',
  'serviceTier',
  'outputConfig',
])

function checkFields(body: JsonObject): Problem {
  const stranger = Object.keys(body).find((field) => !knownFields.has(field))
  if (stranger !== undefined) return bedrockInvalid(`extraneous key [${stranger}] is not permitted`)
  return listAt(body, 'messages').length === 0 ? bedrockInvalid('A conversation must start with a user message.') : undefined
}

function checkInference(body: JsonObject, model: string): Problem {
  const temperature = numberAt(body, 'inferenceConfig', 'temperature')
  const topP = numberAt(body, 'inferenceConfig', 'topP')
  if (temperature !== undefined && (temperature < 0 || temperature > 1)) {
    return bedrockInvalid(`Value '${temperature}' at 'inferenceConfig.temperature' failed to satisfy constraint: 0 to 1`)
  }
  if (/claude-(?:opus|sonnet|haiku)-4-[56]/.test(model) && temperature !== undefined && topP !== undefined) {
    return bedrockInvalid('`temperature` and `top_p` cannot both be specified for this model. Please use only one.')
  }
  if ((numberAt(body, 'inferenceConfig', 'maxTokens') ?? 1) < 1) return bedrockInvalid('maxTokens must be at least 1')
  const blank = listAt(body, 'inferenceConfig', 'stopSequences').some((stop) => typeof stop !== 'string' || stop.trim() === '')
  return blank ? bedrockInvalid('stop_sequences: each stop sequence must contain non-whitespace') : undefined
}

function checkSystem(body: JsonObject, model: string): Problem {
  const system = listAt(body, 'system')
  if (system.length > 0 && isBare(model))
    return bedrockInvalid("This model doesn't support the system field. Remove system and try again.")
  return first(system, (block, index) => checkBlank(block, `system.${index}`))
}

/** Models that know neither instructions nor tools. */
function isBare(model: string): boolean {
  return /titan|mistral-7b|mixtral-8x7b/.test(model)
}

function checkToolConfig(body: JsonObject, model: string): Problem {
  if (at(body, 'toolConfig') === undefined) return undefined
  if (isBare(model)) return bedrockInvalid("This model doesn't support tool use.")
  const tools = listAt(body, 'toolConfig', 'tools')
  if (tools.length === 0) return bedrockInvalid('The toolConfig.tools field must hold at least one tool.')
  const names = tools.map((tool) => textAt(tool, 'toolSpec', 'name')).filter((name) => name !== undefined)
  if (new Set(names).size < names.length) return bedrockInvalid('Tool names must be unique.')
  const named = textAt(body, 'toolConfig', 'toolChoice', 'tool', 'name')
  if (named !== undefined && !names.includes(named)) return bedrockInvalid(`Tool '${named}' not found in provided tools`)
  return first(tools, (tool, index) => checkTool(tool, `toolConfig.tools.${index}.member.toolSpec`))
}

function checkTool(tool: unknown, path: string): Problem {
  const spec = at(tool, 'toolSpec')
  if (spec === undefined) return undefined
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(textAt(spec, 'name') ?? '')) {
    return bedrockInvalid(`Value at '${path}.name' failed to satisfy constraint: [a-zA-Z0-9_-]+`)
  }
  if (at(spec, 'description') === '') {
    return bedrockInvalid(`Value at '${path}.description' failed to satisfy constraint: length greater than or equal to 1`)
  }
  return at(spec, 'inputSchema', 'json', 'type') === 'object'
    ? undefined
    : bedrockInvalid(`The value at ${path}.inputSchema.json.type must be one of the following: object.`)
}

function checkTurns(messages: readonly unknown[]): Problem {
  if (at(messages[0], 'role') !== 'user') return bedrockInvalid('A conversation must start with a user message.')
  for (const [index, message] of messages.entries()) {
    const role = at(message, 'role')
    if (role !== 'user' && role !== 'assistant') return bedrockInvalid(`Value at 'messages.${index}.role' is not user or assistant`)
    if (index > 0 && role === at(messages[index - 1], 'role')) {
      return bedrockInvalid('A conversation must alternate between user and assistant roles.')
    }
    if (listAt(message, 'content').length === 0)
      return bedrockInvalid(`The content field in the Message object at messages.${index} is empty.`)
  }
  return undefined
}

function checkContent(message: unknown, path: string, model: string): Problem {
  const content = listAt(message, 'content')
  const firstCall = content.findIndex((block) => at(block, 'toolUse') !== undefined)
  if (firstCall !== -1 && content.slice(firstCall).some((block) => at(block, 'text') !== undefined)) {
    return bedrockInvalid(`Text must precede tool use in ${path}.`)
  }
  if (content.filter((block) => at(block, 'image') !== undefined).length > 20) return bedrockInvalid('too many images')
  return first(content, (block, index) => checkBlock(block, `${path}.content.${index}`, model))
}

function checkBlock(block: unknown, path: string, model: string): Problem {
  if (Object.keys(isObject(block) ? block : {}).length !== 1)
    return bedrockInvalid(`The ContentBlock at ${path} must have one member.`)
  return checkBlank(block, path) ?? checkCall(block, path, model) ?? checkMedia(block, path)
}

function checkBlank(block: unknown, path: string): Problem {
  return textAt(block, 'text')?.trim() === ''
    ? bedrockInvalid(`The text field in the ContentBlock object at ${path} is blank.`)
    : undefined
}

function checkCall(block: unknown, path: string, model: string): Problem {
  const id = textAt(block, 'toolUse', 'toolUseId') ?? textAt(block, 'toolResult', 'toolUseId')
  if (at(block, 'toolUse') === undefined && at(block, 'toolResult') === undefined) return undefined
  const form = /mistral|pixtral|devstral/.test(model) ? /^[a-zA-Z0-9]{9}$/ : /^[a-zA-Z0-9_-]{1,64}$/
  if (!form.test(id ?? '')) return bedrockInvalid(`Value at '${path}.toolUseId' failed to satisfy constraint: ${form.source}`)
  if (at(block, 'toolUse') !== undefined && !isObject(at(block, 'toolUse', 'input'))) {
    return bedrockInvalid(
      `The format of the value at ${path}.toolUse.input is invalid. Provide a json object for the field and try again.`,
    )
  }
  const isEmpty = at(block, 'toolResult') !== undefined && listAt(block, 'toolResult', 'content').length === 0
  return isEmpty ? bedrockInvalid(`The content field at ${path}.toolResult is empty.`) : undefined
}

/** Each call is answered in the next turn, each result answers a call, and the tools are named. */
function checkToolUse(body: JsonObject, messages: readonly unknown[]): Problem {
  const uses = messages.some((message) => idsIn(message, 'toolUse').length + idsIn(message, 'toolResult').length > 0)
  if (uses && at(body, 'toolConfig') === undefined) {
    return bedrockInvalid('The toolConfig field must be defined when using toolUse and toolResult content blocks.')
  }
  for (const [index, message] of messages.entries()) {
    const called = idsIn(message, 'toolUse')
    const answered = idsIn(messages[index + 1], 'toolResult')
    if (new Set(called).size < called.length) return bedrockInvalid(`The toolUse ids at messages.${index} are not unique.`)
    const isOpen = index + 1 < messages.length && called.some((id) => !answered.includes(id))
    if (isOpen)
      return bedrockInvalid(`Expected toolResult blocks at messages.${index + 1}.content for the Ids: ${called.join(', ')}`)
    const loose = idsIn(message, 'toolResult').filter((id) => !idsIn(messages[index - 1], 'toolUse').includes(id))
    if (loose.length > 0) {
      return bedrockInvalid(
        `The number of toolResult blocks at messages.${index}.content exceeds the number of toolUse blocks of previous turn.`,
      )
    }
  }
  return undefined
}

function idsIn(message: unknown, member: 'toolUse' | 'toolResult'): readonly unknown[] {
  return listAt(message, 'content').flatMap((block) => {
    const found = at(block, member)
    return found === undefined || at(found, 'type') !== undefined ? [] : [at(found, 'toolUseId')]
  })
}

/** Reasoning is sent back signed, first in its turn; a thinking budget wants it before every open step. */
function checkReasoning(messages: readonly unknown[], body: JsonObject, model: string): Problem {
  const fields = at(body, 'additionalModelRequestFields')
  const thinking = at(fields, 'thinking')
  const thoughts = thoughtsIn(messages, body)
  const unsigned = thoughts.find(({ signature }) => signature === undefined)
  if (unsigned !== undefined) return bedrockInvalid(`${unsigned.path}.thinking.signature: Field required`)
  if (!model.includes('claude')) return undefined
  const signed = thoughts.map(({ signature = '', ...thought }) => ({ ...thought, signature }))
  const problem =
    checkThinkingType(textAt(thinking, 'type'), model) ??
    checkBindingField(thinking, listAt(fields, 'anthropic_beta').map(String)) ??
    (at(thinking, 'type') === 'enabled' ? checkOpenStep(messages, kindOf) : undefined) ??
    checkThoughts(signed, { model, thinking })
  // What the model's own server refuses.
  return problem === undefined ? undefined : bedrockInvalid(`The model returned the following errors: ${problem}`)
}

function thoughtsIn(messages: readonly unknown[], body: JsonObject) {
  return messages.flatMap((message, index) =>
    listAt(message, 'content').flatMap((block, position) => {
      const thought = at(block, 'reasoningContent', 'reasoningText')
      if (thought === undefined) return []
      const before = { system: at(body, 'system'), tools: at(body, 'toolConfig', 'tools'), messages: messages.slice(0, index) }
      const path = `messages.${index}.content.${position}`
      return [{ path, text: textAt(thought, 'text') ?? '', signature: textAt(thought, 'signature'), before }]
    }),
  )
}

function kindOf(block: unknown): string {
  if (at(block, 'reasoningContent') !== undefined) return 'thinking'
  return at(block, 'toolUse') === undefined ? 'text' : 'tool_use'
}

function first<Item>(items: readonly Item[], check: (item: Item, index: number) => Problem): Problem {
  for (const [index, item] of items.entries()) {
    const problem = check(item, index)
    if (problem !== undefined) return problem
  }
  return undefined
}

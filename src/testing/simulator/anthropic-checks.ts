import { at, isObject, listAt, numberAt, textAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { anthropicInvalid } from './anthropic-errors.ts'
import { checkAnthropicThinking } from './anthropic-thinking.ts'
import type { VendorError } from './dialect.ts'
import type { Turn, WireRequest } from './turn.ts'

/** The version from which on sampling parameters are refused and system messages may stand between others. */
const currentVersion = '2026-10-21'

/** What Anthropic refuses before it generates anything. */
export function checkAnthropic(request: WireRequest, turn: Turn): VendorError | undefined {
  const { method, query, headers, body } = request
  const version = headers['anthropic-version']
  if (version === undefined) return anthropicInvalid('anthropic-version: header is required')
  if (version !== '2023-06-01' && version !== currentVersion) {
    return anthropicInvalid(`anthropic-version: "${version}" is not a valid version`)
  }
  if (method === 'GET') return undefined
  if (!isObject(body)) return anthropicInvalid('The request body is not valid JSON')
  const current = version === currentVersion
  return (
    checkFields(body, current) ??
    checkTools(listAt(body, 'tools')) ??
    checkMessages(listAt(body, 'messages'), current || query.get('beta') === 'true') ??
    checkToolResults(listAt(body, 'messages')) ??
    checkAnthropicThinking(request, turn) ??
    checkEnd(listAt(body, 'messages').at(-1), turn.model)
  )
}

function checkFields(body: JsonObject, current: boolean): VendorError | undefined {
  const missing = ['model', 'max_tokens', 'messages'].find((field) => at(body, field) === undefined)
  if (missing !== undefined) return anthropicInvalid(`${missing}: Field required`)
  const stranger = Object.keys(body).find((key) => !(knownFields.has(key) || (!current && samplingFields.has(key))))
  if (stranger !== undefined) return anthropicInvalid(`${stranger}: Extra inputs are not permitted`)
  if ((numberAt(body, 'max_tokens') ?? 0) < 1) return anthropicInvalid('max_tokens: Input should be greater than or equal to 1')
  if (!Array.isArray(at(body, 'messages'))) return anthropicInvalid('messages: Input should be a valid list')
  if (listAt(body, 'messages').length === 0) return anthropicInvalid('messages: at least one message is required')
  const temperature = numberAt(body, 'temperature')
  return temperature !== undefined && (temperature < 0 || temperature > 1)
    ? anthropicInvalid('temperature: range: 0..1')
    : undefined
}

function checkTools(tools: readonly unknown[]): VendorError | undefined {
  const names = tools.map((tool) => textAt(tool, 'name'))
  if (new Set(names).size < names.length) return anthropicInvalid('tools: Tool names must be unique.')
  for (const [index, tool] of tools.entries()) {
    const type = at(tool, 'type') ?? 'custom'
    if (type !== 'custom') continue
    const name = textAt(tool, 'name') ?? ''
    if (!/^[a-zA-Z0-9_-]{1,128}$/.test(name)) {
      return anthropicInvalid(`tools.${index}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`)
    }
    if (at(tool, 'input_schema') === undefined) return anthropicInvalid(`tools.${index}.custom.input_schema: Field required`)
    const schemaType = at(tool, 'input_schema', 'type')
    if (schemaType === undefined) return anthropicInvalid(`tools.${index}.custom.input_schema.type: Field required`)
    if (schemaType !== 'object') return anthropicInvalid(`tools.${index}.custom.input_schema.type: Input should be 'object'`)
  }
  return undefined
}

/** System messages between others came with the current version; before it, behind a beta. */
function checkMessages(messages: readonly unknown[], systemAllowed: boolean): VendorError | undefined {
  if (at(messages[0], 'role') === 'assistant') return anthropicInvalid('messages: first message must use the "user" role')
  for (const [index, message] of messages.entries()) {
    const problem = checkMessage(message, { index, systemAllowed })
    if (problem !== undefined) return problem
  }
  return undefined
}

function checkMessage(
  message: unknown,
  { index, systemAllowed }: { readonly index: number; readonly systemAllowed: boolean },
): VendorError | undefined {
  const role = textAt(message, 'role') ?? ''
  if (role !== 'user' && role !== 'assistant' && !(systemAllowed && role === 'system')) {
    return anthropicInvalid(
      `messages: Unexpected role "${role}". The Messages API accepts a top-level \`system\` parameter, not "${role}" as an input message role.`,
    )
  }
  const stranger = Object.keys(isObject(message) ? message : {}).find((key) => key !== 'role' && key !== 'content')
  if (stranger !== undefined) return anthropicInvalid(`messages.${index}.${stranger}: Extra inputs are not permitted`)
  if (at(message, 'content') === '') return anthropicInvalid(`messages.${index}: user messages must have non-empty content`)
  for (const [position, block] of listAt(message, 'content').entries()) {
    const problem = checkBlock(block, { role, path: `messages.${index}.content.${position}` })
    if (problem !== undefined) return problem
  }
  return undefined
}

function checkBlock(block: unknown, { role, path }: { readonly role: string; readonly path: string }): VendorError | undefined {
  const type = textAt(block, 'type')
  switch (type) {
    case undefined:
      return anthropicInvalid(`${path}.type: Field required`)
    case 'text':
      return at(block, 'text') === '' ? anthropicInvalid('messages: text content blocks must be non-empty') : undefined
    case 'tool_use':
      return checkToolUse(block, path)
    case 'document':
    case 'image':
      return role === 'assistant' ? anthropicInvalid(`${path}: ${type} blocks are not permitted in assistant messages`) : undefined
    case 'thinking':
      return textAt(block, 'signature') === undefined ? anthropicInvalid(`${path}.thinking.signature: Field required`) : undefined
    default:
      return undefined
  }
}

/** In the words of a refusal that trycua/cua#524 shows. */
function checkToolIds(messages: readonly unknown[]): VendorError | undefined {
  const seen = new Set<unknown>()
  for (const [index, message] of messages.entries()) {
    for (const [position, block] of listAt(message, 'content').entries()) {
      if (at(block, 'type') !== 'tool_use') continue
      const id = at(block, 'id')
      if (seen.has(id)) return anthropicInvalid(`messages.${index}.content.${position}: \`tool_use\` ids must be unique`)
      seen.add(id)
    }
  }
  return undefined
}

function checkToolUse(block: unknown, path: string): VendorError | undefined {
  if (!isObject(at(block, 'input'))) return anthropicInvalid(`${path}.tool_use.input: Input should be a valid dictionary`)
  const sound = /^[a-zA-Z0-9_-]+$/.test(textAt(block, 'id') ?? '')
  return sound ? undefined : anthropicInvalid(`${path}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`)
}

/** The API joins neighbouring messages of one role before it looks for the results of a step. */
function checkToolResults(messages: readonly unknown[]): VendorError | undefined {
  const repeated = checkToolIds(messages)
  if (repeated !== undefined) return repeated
  let open: readonly string[] = []
  for (const [index, { role, blocks }] of joined(messages).entries()) {
    const results = blocks.filter((block) => at(block, 'type') === 'tool_result').map((block) => textAt(block, 'tool_use_id') ?? '')
    const orphan = results.find((id) => !open.includes(id))
    if (orphan !== undefined) {
      return anthropicInvalid(
        `messages.${index}.content.0: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${orphan}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
      )
    }
    const unanswered = open.filter((id) => !results.includes(id))
    if (unanswered.length > 0) return unansweredUse(index - 1, unanswered)
    const late = blocks.findIndex((block) => at(block, 'type') !== 'tool_result')
    if (results.length > 0 && late !== -1 && late < results.length) return unansweredUse(index - 1, results)
    open =
      role === 'assistant'
        ? blocks.filter((block) => at(block, 'type') === 'tool_use').map((block) => textAt(block, 'id') ?? '')
        : []
  }
  return open.length > 0 ? unansweredUse(joined(messages).length - 1, open) : undefined
}

function joined(messages: readonly unknown[]): readonly { readonly role: string; readonly blocks: readonly unknown[] }[] {
  const turns: { role: string; blocks: unknown[] }[] = []
  for (const message of messages) {
    const role = textAt(message, 'role') ?? ''
    const text = textAt(message, 'content')
    const blocks = text === undefined ? listAt(message, 'content') : [{ type: 'text', text }]
    const last = turns.at(-1)
    if (last?.role === role) last.blocks.push(...blocks)
    else turns.push({ role, blocks: [...blocks] })
  }
  return turns
}

function unansweredUse(index: number, ids: readonly string[]): VendorError {
  return anthropicInvalid(
    `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
  )
}

function checkEnd(last: unknown, model: string): VendorError | undefined {
  if (at(last, 'role') !== 'assistant') return undefined
  // Prefill ended with the 4.6 generation.
  const [, major = '0', minor = '0'] = /^claude-[a-z]+-(\d+)(?:-(\d{1,2}))?(?:-|$)/.exec(model) ?? []
  if (Number(major) > 4 || (Number(major) === 4 && Number(minor) >= 6)) {
    return anthropicInvalid('This model does not support assistant message prefill. The conversation must end with a user message.')
  }
  const text = textAt(last, 'content') ?? textAt(listAt(last, 'content').at(-1), 'text') ?? ''
  return /\s$/.test(text) ? anthropicInvalid('messages: final assistant content cannot end with trailing whitespace') : undefined
}

const samplingFields = new Set(['temperature', 'top_p', 'top_k'])

// The body fields that @anthropic-ai/sdk 1.12 types, those behind beta headers included.
const knownFields = new Set(
  `model messages max_tokens cache_control container context_management diagnostics inference_geo mcp_servers metadata
  output_config output_format service_tier speed stop_sequences stream system thinking tool_choice tools user_profile_id
  workspace_id`.split(/\s+/),
)

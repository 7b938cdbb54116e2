import { at, isObject, listAt, numberAt, textAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { estimateTokens } from '../tokens.ts'
import { silentTurn } from './turn.ts'
import type { ToolShape, Turn } from './turn.ts'

/** Whether the turn came in the Responses format. */
export function isResponsesTurn({ operation, body }: Turn): boolean {
  return operation === 'chat' && Object.hasOwn(body, 'input')
}

/** What a Responses request asks for. */
export function readResponses(fields: JsonObject): Turn {
  const input = at(fields, 'input')
  const format = at(fields, 'text', 'format')
  return {
    ...silentTurn,
    operation: 'chat',
    model: textAt(fields, 'model') ?? '',
    stream: at(fields, 'stream') === true,
    body: fields,
    promptTokens: estimateTokens([input, at(fields, 'instructions'), at(fields, 'tools'), at(format, 'schema')]),
    maxTokens: numberAt(fields, 'max_output_tokens'),
    lastText: JSON.stringify(Array.isArray(input) ? (input.at(-1) ?? '') : input),
    mustCall: forcedTool(fields),
    schema: schemaOf(fields),
  }
}

function forcedTool(body: JsonObject): ToolShape | undefined {
  const choice = at(body, 'tool_choice')
  const tools = listAt(body, 'tools').filter((tool) => at(tool, 'type') === 'function')
  const name = textAt(choice, 'name')
  const tool = name === undefined ? (choice === 'required' ? tools[0] : undefined) : tools.find((one) => at(one, 'name') === name)
  if (tool === undefined) return undefined
  const schema = at(tool, 'parameters')
  return { name: textAt(tool, 'name') ?? '', schema: isObject(schema) ? schema : {} }
}

function schemaOf(body: JsonObject): JsonObject | undefined {
  const format = at(body, 'text', 'format') ?? at(body, 'response_format')
  if (at(format, 'type') === 'json_object') return {}
  const schema = at(format, 'schema') ?? at(format, 'json_schema', 'schema')
  return isObject(schema) ? schema : undefined
}

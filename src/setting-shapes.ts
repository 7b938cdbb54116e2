import type { Check, Fault } from './body-fault.ts'
import { inField, isRecord, isText, listOf, optional, wrong } from './body-fault.ts'
import { predictionFault } from './message-shape.ts'

/**
 * What is wrong with the fields of a body beside `messages`, as far as anybody here reads them. Numbers that are only
 * handed on (`temperature`, `seed`) are the vendor's to judge.
 */
export function settingFault(body: Readonly<Record<string, unknown>>): Fault | undefined {
  for (const name of Object.keys(body)) {
    const check = settings.get(name)
    if (check === undefined) continue
    const fault = check(body[name])
    if (fault !== undefined) return { ...fault, path: `${name}${fault.path}` }
  }
  return undefined
}

const isNumber: Check = (value) => (typeof value === 'number' ? undefined : wrong('a number', value))
const isObject: Check = (value) => (isRecord(value) ? undefined : wrong('an object', value))
const texts = listOf(isText, 'an array of strings')

function named(payload: string): Check {
  return (holder) =>
    isRecord(holder)
      ? inField(holder, payload, (value) =>
          isRecord(value) ? inField(value, 'name', isText) : wrong('an object with `name`', value),
        )
      : wrong('an object', holder)
}

const declared: Check = (declaration) => {
  if (!isRecord(declaration)) return wrong('an object with `name` and `parameters`', declaration)
  return inField(declaration, 'name', isText) ?? inField(declaration, 'parameters', optional(isObject))
}

const tool: Check = (value) => {
  if (!isRecord(value)) return wrong("an object such as { type: 'function', function: { name, parameters } }", value)
  if (value['type'] === 'function') {
    // The other API of the vendor has these fields one level higher: the usual slip.
    const isFlat = value['function'] === undefined && typeof value['name'] === 'string'
    return inField(value, 'function', (inner) =>
      isFlat ? wrong('an object', inner, 'put `name`, `description` and `parameters` into it') : declared(inner),
    )
  }
  return value['type'] === 'custom' ? named('custom')(value) : inField(value, 'type', isText)
}

const words = ['none', 'auto', 'required']

function isWord(value: string): Fault | undefined {
  return words.includes(value)
    ? undefined
    : { path: '', problem: `must be one of ${words.join(', ')}, or an object that names a tool` }
}

const toolChoice: Check = (choice) => {
  if (typeof choice === 'string') return isWord(choice)
  if (!isRecord(choice)) return wrong(`one of ${words.join(', ')}, or an object that names a tool`, choice)
  switch (choice['type']) {
    case 'function':
    case 'custom':
      return named(choice['type'])(choice)
    case 'allowed_tools':
      return inField(choice, 'allowed_tools', (allowed) =>
        isRecord(allowed)
          ? (inField(allowed, 'mode', isText) ?? inField(allowed, 'tools', listOf(isObject, 'an array of tools')))
          : wrong('an object with `mode` and `tools`', allowed),
      )
    default:
      return inField(choice, 'type', isText)
  }
}

const responseFormat: Check = (format) => {
  if (!isRecord(format)) return wrong("an object such as { type: 'json_object' }", format)
  if (format['type'] !== 'json_schema') return inField(format, 'type', isText)
  return inField(format, 'json_schema', (schema) =>
    isRecord(schema)
      ? (inField(schema, 'name', isText) ?? inField(schema, 'schema', optional(isObject)))
      : wrong('an object with `name` and `schema`', schema),
  )
}

const settings: ReadonlyMap<string, Check> = new Map(
  Object.entries({
    stream: (value) => (typeof value === 'boolean' ? undefined : wrong('true or false', value)),
    stream_options: isObject,
    n: isNumber,
    max_tokens: isNumber,
    max_completion_tokens: isNumber,
    top_logprobs: isNumber,
    stop: (value) => (typeof value === 'string' ? undefined : listOf(isText, 'a string or an array of strings')(value)),
    modalities: texts,
    tools: listOf(tool, 'an array of tools'),
    functions: listOf(declared, 'an array of functions'),
    tool_choice: toolChoice,
    function_call: (call) =>
      typeof call === 'string'
        ? isWord(call)
        : isRecord(call)
          ? inField(call, 'name', isText)
          : wrong('a string or an object', call),
    response_format: responseFormat,
    prediction: predictionFault,
    web_search_options: isObject,
    reasoning_effort: isText,
    service_tier: isText,
  } satisfies Record<string, Check>).map(([name, check]) => [name, optional(check)]),
)

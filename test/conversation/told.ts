import type { RecordedRequest } from '../../src/testing/index.ts'

/** A call, or the result of one, as a vendor was told of it. */
export interface Told {
  readonly id: unknown
  readonly name?: unknown
  readonly arguments?: unknown
  /** The whole result, however it is wrapped. */
  readonly result?: string
}

/** The calls and the results of a request. */
export interface Both {
  readonly calls: readonly Told[]
  readonly results: readonly Told[]
}

/** The calls and the results of a request, read off the vendor's own format. */
export function told({ vendor, body }: RecordedRequest): Both {
  if (vendor.startsWith('anthropic')) return claude(body)
  if (vendor === 'google') return gemini(body)
  if (vendor === 'bedrock') return converse(body)
  // OpenAI's two formats are told apart by their bodies.
  return at(body, 'input') === undefined ? chat(body) : responses(body)
}

function chat(body: unknown): Both {
  const messages = list(body, 'messages')
  return {
    calls: messages
      .flatMap((message) => list(message, 'tool_calls'))
      .map((call) => ({
        id: at(call, 'id'),
        name: at(call, 'function', 'name'),
        arguments: parsed(at(call, 'function', 'arguments')),
      })),
    results: messages
      .filter((message) => at(message, 'role') === 'tool')
      .map((message) => ({ id: at(message, 'tool_call_id'), result: JSON.stringify(at(message, 'content')) })),
  }
}

function responses(body: unknown): Both {
  const items = list(body, 'input')
  return {
    calls: items
      .filter((item) => at(item, 'type') === 'function_call')
      .map((item) => ({ id: at(item, 'call_id'), name: at(item, 'name'), arguments: parsed(at(item, 'arguments')) })),
    results: items
      .filter((item) => at(item, 'type') === 'function_call_output')
      .map((item) => ({ id: at(item, 'call_id'), result: JSON.stringify(at(item, 'output')) })),
  }
}

function claude(body: unknown): Both {
  const blocks = list(body, 'messages').flatMap((message) => list(message, 'content'))
  return {
    calls: blocks
      .filter((block) => at(block, 'type') === 'tool_use')
      .map((block) => ({ id: at(block, 'id'), name: at(block, 'name'), arguments: at(block, 'input') })),
    results: blocks
      .filter((block) => at(block, 'type') === 'tool_result')
      .map((block) => ({ id: at(block, 'tool_use_id'), result: JSON.stringify(at(block, 'content')) })),
  }
}

function gemini(body: unknown): Both {
  const parts = list(body, 'contents').flatMap((content) => list(content, 'parts'))
  return {
    calls: parts
      .flatMap((part) => at(part, 'functionCall') ?? [])
      .map((call) => ({ id: at(call, 'id'), name: at(call, 'name'), arguments: at(call, 'args') ?? {} })),
    results: parts
      .flatMap((part) => at(part, 'functionResponse') ?? [])
      .map((response) => ({
        id: at(response, 'id'),
        name: at(response, 'name'),
        result: JSON.stringify(at(response, 'response')),
      })),
  }
}

function converse(body: unknown): Both {
  const blocks = list(body, 'messages').flatMap((message) => list(message, 'content'))
  return {
    calls: blocks
      .flatMap((block) => at(block, 'toolUse') ?? [])
      .map((use) => ({ id: at(use, 'toolUseId'), name: at(use, 'name'), arguments: at(use, 'input') })),
    results: blocks
      .flatMap((block) => at(block, 'toolResult') ?? [])
      .map((result) => ({ id: at(result, 'toolUseId'), result: JSON.stringify(at(result, 'content')) })),
  }
}

/** The value at a path, where there is one. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, name) : undefined),
    value,
  )
}

/** The list of this name; empty where there is none. */
export function list(value: unknown, name: string): readonly unknown[] {
  const found = at(value, name)
  return Array.isArray(found) ? found : []
}

function parsed(json: unknown): unknown {
  return typeof json === 'string' ? JSON.parse(json) : json
}

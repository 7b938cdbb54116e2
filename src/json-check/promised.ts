import type { ChatRequest } from '../contracts/chat.ts'

/** What an answer's JSON must keep to, as far as the vendor that gave it does not see to that. */
export interface Promised {
  /** The text: `object`, any JSON object; `json`, any JSON; or a schema. */
  readonly format: 'object' | 'json' | { readonly schema: object } | undefined
  /** The arguments of calls, by the name of the function. */
  readonly tools: ReadonlyMap<string, { readonly schema: object; readonly field: string }>
}

/** What is to be checked of an answer, read off the paths that the target's adapter gave. */
export function promisedIn(request: ChatRequest, unenforced: readonly string[]): Promised {
  const isOpen = (field: string): boolean => unenforced.some((path) => isWithin(path, field))
  const tools = new Map<string, { readonly schema: object; readonly field: string }>()
  for (const [index, tool] of (request.tools ?? []).entries()) {
    const field = `tools[${index}].function.parameters`
    if (tool.type !== 'function' || tool.function.parameters === undefined || !isOpen(field)) continue
    tools.set(tool.function.name, { schema: tool.function.parameters, field })
  }
  return { format: formatIn(request, isOpen), tools }
}

function formatIn({ response_format: format }: ChatRequest, isOpen: (field: string) => boolean): Promised['format'] {
  if (format?.type === 'json_object') return isOpen('response_format') ? 'object' : undefined
  if (format?.type !== 'json_schema') return undefined
  if (isOpen('response_format.json_schema.schema')) return { schema: format.json_schema.schema ?? {} }
  return isOpen('response_format') ? 'json' : undefined
}

function isWithin(path: string, field: string): boolean {
  return path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`)
}

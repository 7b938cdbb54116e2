import type { ChatRequest } from '../../contracts/chat.ts'
import { isObject } from './json.ts'

/** What a vendor demands of function tools before anything else. */
export interface ToolRules {
  /** Names that are accepted, and what they are in words. */
  readonly name: RegExp
  readonly words: string
  /** How many functions there may be. */
  readonly most?: number
  /** Whether a schema that is not an object's is the vendor's own to refuse. */
  readonly anyParameters?: true
}

/**
 * OpenAI's rule (`FunctionDefinition` in openai 7.57: letters, digits, underscores and dashes, 64 at most), which many others
 * have taken over.
 */
export const usualName: ToolRules = { name: /^[a-zA-Z0-9_-]{1,64}$/, words: 'must be 1 to 64 letters, digits, _ or -' }

/** A field of the request that a vendor would refuse, and the rule that it breaks. */
export interface ToolFault {
  readonly field: string
  readonly reason: string
}

/** The first function of a request, older form included, that breaks a vendor's rules. */
export function toolFault({ tools, functions }: ChatRequest, rules: ToolRules): ToolFault | undefined {
  if (tools === undefined && functions === undefined) return undefined
  const { most = Infinity } = rules
  for (const [field, { length }] of Object.entries({ tools: tools ?? [], functions: functions ?? [] }))
    if (length > most) return { field, reason: `at most ${most}` }
  for (const { field, ...declared } of declarations(tools ?? [], functions ?? [])) {
    const fault = functionFault(declared, field, rules)
    if (fault !== undefined) return fault
  }
  return undefined
}

interface Declaration {
  readonly name: string
  readonly parameters?: unknown
}

function* declarations(
  tools: NonNullable<ChatRequest['tools']>,
  functions: readonly Declaration[],
): Generator<Declaration & { readonly field: string }> {
  for (const [index, tool] of tools.entries())
    if (tool.type === 'function') yield { ...tool.function, field: `tools[${index}].function` }
  for (const [index, declared] of functions.entries()) yield { ...declared, field: `functions[${index}]` }
}

function functionFault({ name, parameters }: Declaration, field: string, rules: ToolRules): ToolFault | undefined {
  if (!rules.name.test(name)) return { field: `${field}.name`, reason: rules.words }
  if (rules.anyParameters === true) return undefined
  // Arguments are an object for every vendor; a schema without a type says nothing against it.
  const type = isObject(parameters) ? parameters['type'] : undefined
  const isAnObject = type === undefined || type === 'object' || (Array.isArray(type) && type.includes('object'))
  return isAnObject ? undefined : { field: `${field}.parameters`, reason: "must be a schema of type 'object'" }
}

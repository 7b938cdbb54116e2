import type { Support } from '../../../contracts/adapter.ts'
import type { ChatRequest } from '../../../contracts/chat.ts'
import type { Dialect } from './dialect.ts'
import { keptBy, unservable, type Promised } from './promise.ts'

/** How far a vendor sees to strict schemas; `undefined`: not at all, whatever it is told. */
export interface Enforcement {
  readonly format: Dialect | undefined
  readonly tools: Dialect | undefined
}

type No = Extract<Support, { readonly level: 'no' }>

/** Which parts of a request's strict schemas a vendor does not see to; or which of the schemas cannot be served there. */
export function leftBy({ format, tools }: Enforcement, request: ChatRequest): readonly string[] | No {
  const left: string[] = []
  for (const { refused, ...promised } of strictSchemas(request)) {
    const dialect = refused === formatField ? format : tools
    const kept = dialect === undefined ? unkept(promised) : keptBy(dialect, promised)
    if ('reason' in kept) return { level: 'no', field: refused, reason: kept.reason }
    left.push(...kept.unenforced)
  }
  return left
}

const formatField = 'response_format.json_schema'

interface StrictSchema extends Promised {
  /** The field of which is said that it cannot be served. */
  readonly refused: string
}

function* strictSchemas({ response_format: format, tools }: ChatRequest): Generator<StrictSchema> {
  for (const [index, tool] of (tools ?? []).entries()) {
    if (tool.type !== 'function' || tool.function.strict !== true || tool.function.parameters === undefined) continue
    const field = `tools[${index}].function.parameters`
    yield { schema: tool.function.parameters, field, refused: field, strict: true }
  }
  if (format?.type !== 'json_schema' || format.json_schema.strict !== true) return
  yield { schema: format.json_schema.schema ?? {}, field: `${formatField}.schema`, refused: formatField, strict: true }
}

function unkept({ schema, field }: Promised): { readonly unenforced: readonly string[] } | { readonly reason: string } {
  const reason = unservable(schema)
  return reason === undefined ? { unenforced: [field] } : { reason }
}

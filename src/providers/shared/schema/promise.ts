import { isObject, type JsonObject } from '../json.ts'
import { compileSchema } from './compile.ts'
import type { Dialect } from './dialect.ts'
import { examined, uncheckable } from './fault.ts'
import type { Loss } from './run.ts'

/** A schema of the request, and what is promised of it. */
export interface Promised {
  readonly schema: unknown
  /** Where it stands: `tools[0].function.parameters`. */
  readonly field: string
  /** Only a strict one promises anything. */
  readonly strict: boolean
}

/** A schema in a vendor's words, and which parts of the promise, as paths in the request, are left to be checked here. */
export interface Kept {
  readonly schema: JsonObject
  readonly unenforced: readonly string[]
}

/**
 * What a vendor makes of a promised schema; or why it cannot be served there: the vendor has no words for it, or what the
 * vendor does not see to cannot be checked here either.
 */
export function keptBy(dialect: Dialect, { schema, field, strict }: Promised): Kept | { readonly reason: string } {
  const compiled = compileSchema(schema, dialect)
  if ('reason' in compiled || !strict) return 'reason' in compiled ? compiled : { schema: compiled.schema, unenforced: [] }
  const { losses } = compiled
  const reason = losses.length > 0 && isObject(schema) ? uncheckable(schema) : undefined
  return reason === undefined ? { schema: compiled.schema, unenforced: losses.map((loss) => pathIn(field, loss)) } : { reason }
}

function pathIn(field: string, { path, keyword }: Loss): string {
  const steps = [field, path, keyword].filter((step) => step !== '')
  return steps.join('.').replaceAll('.[', '[')
}

/** Why an answer could not be checked against a strict schema here, where the vendor does not help at all. */
export function unservable(schema: unknown): string | undefined {
  const given = examined(schema)
  return 'reason' in given ? given.reason : uncheckable(given.schema)
}

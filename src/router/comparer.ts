import { AppendFile } from '../audit/append-file.ts'
import type { Core } from '../core.ts'
import type { DispatcherParts } from '../dispatch.ts'
import type { ModelNames } from '../resolve.ts'

/** Compares targets; everything that takes is loaded with the first comparison. */
export function comparer(dispatching: DispatcherParts, names: ModelNames): Core['compare'] {
  return async (options, view) => {
    const { compare } = await import('../compare/compare.ts')
    return compare(options, { ...view, dispatching, names, lineFile: (path) => new AppendFile(path) })
  }
}

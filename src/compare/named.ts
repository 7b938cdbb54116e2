import { ModelyardError } from '../errors.ts'
import type { ModelNames, Target } from '../resolve.ts'

/**
 * The one target that each of the names stands for.
 *
 * @throws NotFoundError where one names nothing that is served; ModelyardError `BAD_OPTION` where one is a choice among several
 * models, or two name the same.
 */
export function targetsNamed(
  targetNames: readonly string[],
  names: ModelNames,
  option: { readonly where: string; readonly field: string },
): readonly Target[] {
  const seen = new Map<string, string>()
  return targetNames.map((name, index) => {
    const field = `${option.field}[${index}]`
    const target = targetNamed(name, names, { where: option.where, field })
    const before = seen.get(target.id)
    if (before !== undefined) throw bad(option.where, field, `is ${target.id}, and so is ${before}; name each target once`)
    seen.set(target.id, field)
    return target
  })
}

/** The one target that a model string stands for. */
export function targetNamed(
  name: string,
  names: ModelNames,
  { where, field }: { readonly where: string; readonly field: string },
): Target {
  const resolution = name.startsWith('agent:') ? undefined : names.resolve(name)
  const targets = resolution?.kind === 'targets' ? resolution.targets : []
  const [target] = targets
  if (target !== undefined && targets.length === 1) return target
  const choices =
    targets.length === 0
      ? ''
      : `: ${targets
          .slice(0, 5)
          .map(({ id }) => id)
          .join(', ')}`
  throw bad(where, field, `${JSON.stringify(name)} stands for a choice among models${choices}; name one`)
}

export function bad(where: string, field: string, problem: string): ModelyardError {
  return new ModelyardError('BAD_OPTION', `${where}(): ${field} ${problem}`, { field })
}

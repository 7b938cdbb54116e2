import type { Support } from './contracts/adapter.ts'
import type { Rejection } from './contracts/policy.ts'
import type { Target } from './resolve.ts'

/** Why the target cannot serve a request, beyond what it is made of: its region, and what `strict` forbids. */
export function unfitFor(
  { region, strict }: { readonly region: string | undefined; readonly strict: boolean },
  target: Target,
  { support, constraint }: { readonly support: Support; readonly constraint: () => Rejection | undefined },
): Rejection | undefined {
  const { id, provider, adapter } = target
  if (region !== undefined && adapter.region !== region) {
    return {
      reason: 'region',
      detail: `${provider} ${adapter.region === undefined ? 'declares no region' : `is in ${adapter.region}`}, asked for is ${region}`,
    }
  }
  const rejection = constraint()
  if (rejection !== undefined) return rejection
  if (!strict || support.level === 'no' || support.dropped.length === 0) return undefined
  return {
    reason: 'strict',
    field: support.dropped[0] ?? '',
    detail: `${id} lacks ${support.dropped.join(', ')}, and strict forbids leaving it out`,
  }
}

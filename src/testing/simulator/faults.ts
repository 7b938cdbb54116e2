import { refusal } from './fault.ts'
import type { Fault } from './fault.ts'
import { connectionFaults } from './connection-faults.ts'
import { oddities } from './oddities.ts'
import { responseFaults } from './response-faults.ts'
import { streamFaults } from './stream-faults.ts'

/** Every fault by name. `http-400` to `http-599` exist besides, with the vendor's own body for the status. */
export const faults = { ...connectionFaults, ...responseFaults, ...streamFaults, ...oddities } as const

/** The name of a fault. */
export type FaultName = keyof typeof faults | `http-${number}`

/** The fault of a name; throws for a name that is none. */
export function faultOf(name: string): Fault {
  const found = Object.entries(faults).find(([known]) => known === name)?.[1]
  if (found !== undefined) return found
  const status = Number(/^http-([45]\d\d)$/.exec(name)?.[1] ?? NaN)
  if (Number.isNaN(status)) {
    throw new RangeError(`'${name}' is no fault; there are http-400 to http-599 and ${Object.keys(faults).join(', ')}`)
  }
  return {
    meaning: `status ${status}`,
    spoils: 'any',
    replace: (context) => refusal(context, context.dialect.status(status, context.problem)),
  }
}

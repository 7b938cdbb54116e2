import { parseArgs } from 'node:util'

/** What the demo was asked to do. */
export interface Arguments {
  readonly help: boolean
  /** Real vendors and real keys instead of the simulator. */
  readonly live: boolean
  /** The same run with short latencies. */
  readonly quick: boolean
  /** A file of prompts instead of the built-in ones. */
  readonly prompts: string | undefined
  /** Where the audit file goes. */
  readonly audit: string | undefined
  /** What the ledger compares with, where it was said. */
  readonly baseline: string | undefined
}

/** What a reader of the command line can act on. */
export class UsageError extends Error {}

export const usage = `npm run demo -- [options]

Sends a few dozen requests about this repository through the router, with model
'auto'. Without --live the vendors are simulated on this machine: no key, no
network, no cost.

  --quick              the same with short latencies: a few seconds
  --live               real vendors, with the keys that the environment holds.
                       This costs money.
  --prompts FILE       your own prompts, one JSON object a line:
                       {"prompt": "...", "tier": "simple"}
                       (tier is optional: without it the classifier decides)
  --audit FILE         where the audit trail is written
                       (default: a new file in the system's temporary folder)
  --baseline MODEL     what the ledger compares with (default: the router's own,
                       the dearest model of the complex tier in reach)
  --help               this text`

/** @throws UsageError for what cannot be meant. */
export function readArguments(given: readonly string[]): Arguments {
  try {
    const { values } = parseArgs({
      args: [...given],
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        live: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        prompts: { type: 'string' },
        audit: { type: 'string' },
        baseline: { type: 'string' },
      },
    })
    return { ...values, prompts: values.prompts, audit: values.audit, baseline: values.baseline }
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(`${error.message}\n\n${usage}`, { cause: error })
    throw error
  }
}

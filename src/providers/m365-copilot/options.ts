import { ModelyardError } from '../../errors.ts'
import type { TokenProvider } from '../shared/access-token.ts'
import { checkOptions } from '../shared/options.ts'
import type { AdapterOptions } from '../shared/options.ts'
import type { Markup } from './answer-text.ts'

/** Options of `m365Copilot()`. There is no SDK, and so no `client`. */
export interface Options extends Omit<AdapterOptions, 'client'> {
  /**
   * The name of a delegated access token for Microsoft Graph in the key store. Default: `M365_COPILOT_TOKEN`, or none where
   * `getToken` is given. A store that is asked for an agent or a tenant may hold a token for each.
   */
  readonly key?: string | readonly string[] | undefined
  /**
   * Gives the delegated access token of the user on whose behalf a call is made, in place of a key. It is asked at each call,
   * in the caller's own asynchronous context, so an `AsyncLocalStorage` tells it who the user is.
   */
  readonly getToken?: TokenProvider | undefined
  /** Where the user is, an IANA name: `Europe/Berlin`. Default: this machine's. */
  readonly timeZone?: string | undefined
  /**
   * Whether answers may draw on the web. Default: as the service has it, which is yes. A request with `web_search_options`
   * always may.
   */
  readonly webSearch?: boolean | undefined
  /**
   * What becomes of the service's markup in answers, the tags around entities (`<Person>Ada</Person>`) and the marks of
   * citations (`[^1^]`). Default: `keep`. With `strip` answers are plain words, and `annotations` alone say what is cited.
   */
  readonly markup?: Markup | undefined
}

interface Rule {
  readonly field: string
  readonly wrong: (options: Options) => boolean
  readonly problem: string
}

const rules: readonly Rule[] = [
  { field: 'client', wrong: (options) => 'client' in options, problem: 'has no client to take: there is no SDK' },
  {
    field: 'getToken',
    wrong: ({ getToken }) => getToken !== undefined && typeof getToken !== 'function',
    problem: 'needs a function as getToken',
  },
  {
    field: 'key',
    wrong: ({ key, getToken }) => key !== undefined && getToken !== undefined,
    problem: 'takes either a key or getToken, got both',
  },
  {
    field: 'timeZone',
    wrong: ({ timeZone }) => timeZone !== undefined && !isTimeZone(timeZone),
    problem: "needs the IANA name of a time zone as timeZone, 'Europe/Berlin'",
  },
  {
    field: 'webSearch',
    wrong: ({ webSearch }) => webSearch !== undefined && typeof webSearch !== 'boolean',
    problem: 'takes true or false as webSearch',
  },
  {
    field: 'markup',
    wrong: ({ markup }) => markup !== undefined && markup !== 'keep' && markup !== 'strip',
    problem: "takes 'keep' or 'strip' as markup",
  },
]

/**
 * Checks the options.
 *
 * @throws {@link ModelyardError} `BAD_OPTION` with the field (`m365Copilot.timeZone`).
 */
export function checkOptionsOf(options: Options): void {
  checkOptions('m365Copilot', options, ['getToken', 'timeZone', 'webSearch', 'markup'])
  for (const { field, wrong, problem } of rules)
    if (wrong(options)) throw new ModelyardError('BAD_OPTION', `m365Copilot() ${problem}.`, { field: `m365Copilot.${field}` })
}

function isTimeZone(name: unknown): boolean {
  if (typeof name !== 'string') return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) instanceof Intl.DateTimeFormat
  } catch {
    return false
  }
}

/** The time zone of this machine; where it does not know, the neutral one. */
export function ownTimeZone(): string {
  const zone: unknown = new Intl.DateTimeFormat().resolvedOptions().timeZone
  return typeof zone === 'string' && zone !== '' ? zone : 'UTC'
}

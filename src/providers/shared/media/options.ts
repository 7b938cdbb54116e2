import { ModelyardError } from '../../../errors.ts'
import { isObject, type JsonObject } from '../json.ts'
import type { Fetch } from '../options.ts'
import type { MediaLimits } from './limits.ts'

/** How addresses are fetched for a vendor that fetches none. */
export interface DownloadOptions {
  /** Allows private, loopback and other addresses that are not public. Default: false. */
  readonly allowPrivate?: boolean | undefined
  /** The only hosts that are asked, `cdn.example.com` or, with all below it, `*.example.com`. Default: any. */
  readonly hosts?: readonly string[] | undefined
  /** Bytes of one image or file. Default: the vendor's limit, at most 20,000,000. */
  readonly maxBytes?: number | undefined
  /** How long one address may take, redirects included, in ms. Default: 10,000. */
  readonly timeoutMs?: number | undefined
  /** Gives the addresses of a host name, which are then checked like any other. Default: the system's resolver. */
  readonly lookup?: ((hostname: string) => Promise<readonly string[]>) | undefined
  /**
   * What fetches in place of the package's own code, through a proxy for one. Of the checks those of the address as it is
   * written, of size, time and type remain; the addresses behind names, and behind redirects, are then its business.
   */
  readonly fetch?: Fetch | undefined
}

/** Images, files and sounds in requests. */
export interface MediaOptions {
  /** The vendor's limits, where they are others than the package knows. A field set to `undefined` is not limited. */
  readonly limits?: MediaLimits | undefined
  /** For vendors that fetch nothing: how addresses are fetched on this side. `false`: not at all. */
  readonly download?: DownloadOptions | false | undefined
}

/** An option of the adapters whose vendors fetch nothing themselves. */
export interface MediaOption {
  /** Images, files and sounds in requests: other limits, and how web addresses are fetched. */
  readonly media?: MediaOptions | undefined
}

/** An option of the adapters whose vendors fetch what is at web addresses themselves. */
export interface MediaLimitsOption {
  /** Images, files and sounds in requests: other limits than the package knows. */
  readonly media?: Pick<MediaOptions, 'limits'> | undefined
}

type Holds = (value: unknown) => boolean

const isCount: Holds = (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0
const isPositive: Holds = (value) => typeof value === 'number' && Number.isFinite(value) && value > 0
const isFunction: Holds = (value) => typeof value === 'function'
const isWords: Holds = (value) => Array.isArray(value) && value.every((each) => typeof each === 'string' && each !== '')

interface Check {
  readonly wanted: string
  readonly holds: Holds
}

const count: Check = { wanted: 'a whole number, 0 or above', holds: isCount }
const words: Check = { wanted: 'a list of names', holds: isWords }
const positive: Check = { wanted: 'a number above 0', holds: isPositive }
const callable: Check = { wanted: 'a function', holds: isFunction }

const limitChecks: Readonly<Record<keyof MediaLimits, Check>> = {
  images: count,
  imagesPerMessage: count,
  imageTypes: words,
  imageBytes: count,
  files: count,
  fileBytes: count,
  audioFormats: words,
  totalBytes: count,
}

/** Longest that a timer can wait. */
const longestMs = 2 ** 31 - 1

const downloadChecks: Readonly<Record<keyof DownloadOptions, Check>> = {
  allowPrivate: { wanted: 'true or false', holds: (value) => typeof value === 'boolean' },
  hosts: {
    wanted: "a list of host names, such as 'cdn.example.com' or '*.example.com'",
    holds: (value) => Array.isArray(value) && value.every((host) => typeof host === 'string' && isHost(host)),
  },
  maxBytes: positive,
  timeoutMs: {
    wanted: `a number of ms above 0, at most ${longestMs}`,
    holds: (value) => isPositive(value) && Number(value) <= longestMs,
  },
  lookup: callable,
  fetch: callable,
}

function isHost(host: string): boolean {
  return /^(?:\*\.)?[^\s/:*@]+$/.test(host) || /^\[[\da-f:.]+\]$/i.test(host)
}

/**
 * Checks the `media` option of a factory.
 *
 * @throws {@link ModelyardError} `BAD_OPTION` with the field (`google.media.download.hosts`).
 */
export function checkMedia(factory: string, media: unknown, { downloads = true }: { readonly downloads?: boolean } = {}): void {
  if (media === undefined) return
  const field = `${factory}.media`
  const { limits, download, ...unknown } = objectAt(field, media)
  const [extra] = Object.keys(unknown)
  if (extra !== undefined)
    throw bad(`${field}.${extra}`, `is no option; there ${downloads ? 'are limits and download' : 'is limits'}`)
  if (download !== undefined && !downloads) throw bad(`${field}.download`, 'is no option: the vendor fetches addresses itself')
  if (limits !== undefined) checkFields(`${field}.limits`, objectAt(`${field}.limits`, limits), limitChecks)
  if (download !== undefined && download !== false)
    checkFields(`${field}.download`, objectAt(`${field}.download`, download), downloadChecks)
}

function objectAt(field: string, value: unknown): JsonObject {
  if (isObject(value)) return value
  throw bad(field, `must be an object${field.endsWith('.download') ? ', or false' : ''}`)
}

function checkFields(field: string, given: JsonObject, checks: Readonly<Record<string, Check>>): void {
  for (const [name, value] of Object.entries(given)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (check === undefined) throw bad(`${field}.${name}`, `is no option; there are ${Object.keys(checks).join(', ')}`)
    if (value !== undefined && !check.holds(value)) throw bad(`${field}.${name}`, `must be ${check.wanted}`)
  }
}

function bad(field: string, problem: string): ModelyardError {
  return new ModelyardError('BAD_OPTION', `${field} ${problem}.`, { field })
}

import { AttemptError } from '../../errors.ts'
import { textOf } from '../shared/json.ts'
import type { Prediction } from './prediction.ts'

/** Where the vendor's API is. */
export const vendorURL = 'https://api.replicate.com/v1'

/** Domains of the vendor that streams come from: `stream.replicate.com`, formerly hosts below `replicate.net`. */
const streamHosts = /(?:^|\.)replicate\.(?:com|net)$/

/**
 * Where a prediction is asked for, or canceled. The answer says where, and must not be able to send us, and the token,
 * anywhere: it is an address of the base URL's origin, or the request is not made. The vendor's own address is taken for
 * the base URL's, which is then a proxy that hands on answers as they are.
 *
 * @throws {@link AttemptError} `malformed` for any other address.
 */
export function predictionURL({ id, urls }: Prediction, action: 'get' | 'cancel', base: string): URL {
  const own = new URL(`${base}/predictions/${encodeURIComponent(id)}${action === 'cancel' ? '/cancel' : ''}`)
  const given = textOf(urls[action])
  if (given === undefined) return own
  const url = parsed(given)
  if (url?.origin === own.origin) return url
  if (url?.origin === new URL(vendorURL).origin) return own
  throw elsewhere(url)
}

/**
 * Where the events of a prediction are; `undefined` where the model has none. They may come from a host of their own.
 *
 * @throws {@link AttemptError} `malformed` for a host that is neither the vendor's nor the base URL's.
 */
export function streamURL({ urls }: Prediction, base: string): URL | undefined {
  const given = textOf(urls['stream'])
  if (given === undefined || given === '') return undefined
  const url = parsed(given)
  const isVendors = url?.protocol === 'https:' && url.port === '' && streamHosts.test(url.hostname)
  if (url !== undefined && (isVendors || url.origin === new URL(base).origin)) return url
  throw elsewhere(url)
}

function parsed(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}

function elsewhere(url: URL | undefined): AttemptError {
  const where = url === undefined ? 'an address that is none' : url.origin
  return new AttemptError(
    'malformed',
    `The prediction is said to be at ${where}, which is not the vendor's. Nothing was sent there.`,
  )
}

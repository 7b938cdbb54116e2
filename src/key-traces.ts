import type { Secret } from './contracts/secret.ts'

/** A text without what it must not tell. */
export type Clean = (text: string) => string

/** What many keys have in common: `sk-proj-`, `sk-or-v1-`. Shorter ones tell something of the key with their first letters. */
const prefix = /^sk-(?:[a-z\d]{2,7}-){1,2}/

/** Shorter ones are stand-ins, whose letters may be words. */
const shortestKey = 8
const shortestPart = 8

/** Takes a key out of texts: itself, in the codings in which requests are repeated, and what a mask leaves of its ends. */
function withoutKey(secret: Secret): Clean {
  const key = secret.reveal()
  if (key.length < shortestKey) return (text) => text
  let forms: readonly string[] | undefined
  return (text) => {
    if (text.length < key.length) return withoutEnds(text, key)
    forms ??= [key, ...codedForms(key)]
    return withoutEnds(
      forms.reduce((clean, form) => clean.replaceAll(form, '[key]'), text),
      key,
    )
  }
}

/**
 * What looks like somebody's key: whole or, as some vendors repeat it, with stars or dots in its middle. By the prefixes that
 * keys have, for ids of requests are as long. Linear on any text.
 */
const keyLike =
  /\b(?:sk|pk|rk)[-_][\w-]{16,}|\b(?:sk|pk|rk)[-_][\w-]{2,}(?:\.{3,}|…)[\w-]*|\b(?:gsk|xai|pplx|hf|r8|nvapi|csk|fw|tgp|gh[opsu])[-_][A-Za-z0-9]{32,}|\bAIza[\w-]{20,}|(?<![\w-])[\w-]{3,}\*{3,}[\w*-]*|(?<![\w*-])\*{3,}[\w-]{5,}/g

/** Takes out these keys, and whatever else looks like one. */
export function withoutKeys(secrets: readonly Secret[]): Clean {
  const clean = withoutEach(secrets)
  return (text) => clean(text).replace(keyLike, '[key]')
}

/** Takes out these keys. */
export function withoutEach(secrets: readonly Secret[]): Clean {
  const cleaners = secrets.map(withoutKey)
  return (text) => cleaners.reduce((cleaned, clean) => clean(cleaned), text)
}

/** A copy whose values are clean. */
export function cleanHeaders(headers: Headers, clean: Clean): Headers {
  const cleaned = new Headers()
  for (const [name, value] of headers) cleaned.append(name, clean(value))
  return cleaned
}

function codedForms(key: string): readonly string[] {
  const base64 = [0, 1, 2].map((before) => base64Digits(key, before))
  const hex = Buffer.from(key).toString('hex')
  // By its bytes: half of a character has no form in URLs.
  return [encodeURIComponent(Buffer.from(key).toString()), hex, hex.toUpperCase(), ...base64, ...base64.map(asBase64Url)]
}

/** The digits that are the same whatever stands behind the key, and in the so many bytes before it: `Basic` has a name there. */
function base64Digits(key: string, before: number): string {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(key)])
  return bytes.toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6))
}

function asBase64Url(digits: string): string {
  return digits.replaceAll('+', '-').replaceAll('/', '_')
}

/** Its beginning, as soon as it tells more than the prefix, and its end, each as far as the text goes on as the key does. */
function withoutEnds(text: string, key: string): string {
  const common = prefix.exec(key)?.[0].length ?? 0
  const least = Math.max(shortestPart, common + shortestPart / 2)
  if (key.length < least + shortestPart) return text
  const [before = '', ...behind] = text.split(key.slice(0, least))
  const headless = [before, ...behind.map((rest) => rest.slice(sharedStart(rest, key.slice(least))))].join('[key]')
  const parts = headless.split(key.slice(-shortestPart))
  const begun = key.slice(0, -shortestPart)
  return parts
    .map((part, index) => (index === parts.length - 1 ? part : part.slice(0, part.length - sharedEnd(part, begun))))
    .join('[key]')
}

function sharedStart(one: string, other: string): number {
  let length = 0
  while (length < one.length && one[length] === other[length]) length += 1
  return length
}

function sharedEnd(one: string, other: string): number {
  let length = 0
  while (length < one.length && one.at(-1 - length) === other.at(-1 - length)) length += 1
  return length
}

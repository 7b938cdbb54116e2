import { isIPv6 } from 'node:net'
import type { Finder } from './finder.ts'

// Of all that repeats, either the number is bounded, or a text has no more than one place to begin at: what these take grows with
// the text, whatever it is.

export const emails: readonly Finder[] = [
  {
    pattern:
      /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}_][\p{L}\p{N}._%+'-]{0,127}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,6}\p{L}{2,24}/gu,
  },
]

export const ssns: readonly Finder[] = [
  { pattern: /(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])/g },
  { pattern: /(?<=\b(?:ssn|social security(?: number| no\.?)?)\b[^\d\n]{0,12})\d{3}[ .]?\d{2}[ .]?\d{4}(?!\d)/gi },
]

export const ips: readonly Finder[] = [
  { pattern: /(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?!\.?\d)/g },
  { pattern: /(?<![\w:.])(?:[\da-f]{1,4}:|::)[\da-f:]{1,37}(?:\d{1,3}(?:\.\d{1,3}){3})?(?![\w:])/gi, lengthOf: ipv6In },
]

/** Two colons in a row are found in programs too: an address has a digit, and more than one group. */
function ipv6In(match: string): number {
  const isAddress = isIPv6(match) && /\d/.test(match) && match.split(':').filter((group) => group !== '').length > 1
  return isAddress ? match.length : 0
}

export const macs: readonly Finder[] = [{ pattern: /(?<![\w:-])[\da-f]{2}([:-])(?:[\da-f]{2}\1){4}[\da-f]{2}(?![\w:-])/gi }]

export const phones: readonly Finder[] = [
  // +49 30 1234567, +44 (0)20 7946 0958
  { pattern: /(?<![\w+])\+\d{1,3}[ .\-/]?(?:\(\d{1,4}\)[ .\-/]?)?\d(?:[ .\-/]?\d){5,12}(?!\d)/g },
  // (415) 555-2671, 1-415-555-2671
  { pattern: /(?<![\w.+-])(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])\d{3}[ .-]\d{4}(?![\w-])/g },
  // 07700 900123, 030/1234567
  { pattern: /(?<![\w.+-])0(?:[1-9]\d{1,4}|0[1-9]\d{0,3})[ /-]\d{2,4}(?:[ -]?\d{2,4}){1,2}(?![\w-])/g },
  // 06 12 34 56 78
  { pattern: /(?<![\w.+-])0[1-9](?:[ .]\d{2}){4}(?![\w.-])/g },
]

export const secrets: readonly Finder[] = [
  { pattern: /-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----(?:[^-]|-(?!----))*(?:-----END [A-Z ]{0,32}PRIVATE KEY-----)?/g },
  // What is signed: header, claims, signature.
  { pattern: /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g },
  { pattern: /(?<![\w-])(?:AKIA|ASIA)[0-9A-Z]{16}(?![\w-])/g },
  {
    pattern: /(?<![\w-])(?:gh[opsur]_|github_pat_|glpat-|xox[abeoprs]-|[sr]k[-_]|hf_|npm_|AIza)(?=[\w-]*\d)[\w-]{16,}/g,
  },
  { pattern: /(?<=\b(?:bearer|basic) {1,4})(?=[\w.~+/=-]*\d)[\w.~+/-]{16,}=*/gi },
  // postgres://user:this@host
  { pattern: /(?<=:\/\/[^\s/:@]{0,64}:)[^\s/@]{1,128}(?=@)/g },
  // password=this, "apiKey": "this"
  {
    pattern:
      /(?<=\b(?:password|passwd|pwd|secret|api[_-]?key|access[_-]?token|auth[_-]?token)(?:=|\\?["'] ?: ?\\?["']))[^\s"'\\,;&]{4,128}/gi,
  },
]

import { isObject, parseJson } from '../json.ts'
import type { RecordedTraffic } from './exchange.ts'

/** What two requests must have in common to be the same. */
export type Identity = (request: RecordedTraffic) => unknown

/** Method, address and body; a JSON body whatever the order of its fields. */
export const wholeRequest: Identity = ({ method, url, body }) => ({ method, url, body: bodyOf(body) })

/** The body as data, where it is JSON. */
function bodyOf(body: RecordedTraffic['body']): unknown {
  if (body === null) return null
  return 'text' in body ? (parseJson(body.text) ?? body.text) : body.base64
}

/** The same text for the same data. */
export function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner: unknown) =>
      isObject(inner) ? Object.fromEntries(Object.entries(inner).toSorted(([one], [other]) => (one < other ? -1 : 1))) : inner,
    ) ?? ''
  )
}

/** In what two values differ, one line for each place. */
export function differences(recorded: unknown, now: unknown, path = ''): readonly string[] {
  if (canonical(recorded) === canonical(now)) return []
  if (isObject(recorded) && isObject(now)) return inFields(recorded, now, path)
  if (Array.isArray(recorded) && Array.isArray(now)) return inItems(recorded, now, path)
  return [`${path === '' ? 'it' : path} was ${shown(recorded)} and is ${shown(now)}`]
}

function inFields(recorded: object, now: object, path: string): readonly string[] {
  const names = new Set([...Object.keys(recorded), ...Object.keys(now)])
  return [...names].flatMap((name) =>
    differences(Reflect.get(recorded, name), Reflect.get(now, name), path === '' ? name : `${path}.${name}`),
  )
}

function inItems(recorded: readonly unknown[], now: readonly unknown[], path: string): readonly string[] {
  return Array.from({ length: Math.max(recorded.length, now.length) }, (_, index) =>
    differences(recorded[index], now[index], `${path}[${index}]`),
  ).flat()
}

// Enough to recognise a value by.
const mostShown = 80

function shown(value: unknown): string {
  if (value === undefined) return 'absent'
  const text = JSON.stringify(value)
  return text.length <= mostShown ? text : `${text.slice(0, mostShown)}…`
}

import type { ChatRequest } from '../../contracts/chat.ts'
import { extraField } from '../shared/guards.ts'
import { isObject, textOf } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import { unsupported } from '../shared/notes.ts'
import type { Notes } from '../shared/notes.ts'
import { otherFieldsCheck } from '../shared/other-fields.ts'

const checkOthers = otherFieldsCheck(['web_search_options'])

/** Fields that change the answer's contract, whether a value asks for something, and why that cannot be served. */
const refused = [
  { field: 'tools', asks: isFilled, reason: 'the service takes no tools' },
  { field: 'functions', asks: isFilled, reason: 'the service takes no tools' },
  { field: 'stop', asks: isFilled, reason: 'the service knows no stop sequences' },
  {
    field: 'response_format',
    asks: (value: unknown) => isObject(value) && value['type'] !== 'text',
    reason: 'the service answers in prose, and promises no JSON',
  },
] as const

/** Fields that tune, with what changes nothing about what the service decides by itself. */
const tuning = {
  max_tokens: [],
  max_completion_tokens: [],
  temperature: [],
  top_p: [],
  reasoning_effort: [],
  metadata: [],
  service_tier: ['auto', 'default'],
} as const satisfies Readonly<Partial<Record<keyof ChatRequest, readonly unknown[]>>>

/** Refuses what cannot be served, and notes what is left out. */
export function checkSettings(request: ChatRequest, notes: Notes): void {
  for (const { field, asks, reason } of refused) if (asks(request[field])) throw unsupported(field, reason)
  checkOthers(request, notes)
  for (const [field, usual] of Object.entries<readonly unknown[]>(tuning))
    if (![undefined, null, ...usual].includes(extraField(request, field))) notes.drop(field)
}

function isFilled(value: unknown): boolean {
  return (typeof value === 'string' || Array.isArray(value)) && value.length > 0
}

/** What the factory's options say of every request. */
export interface Defaults {
  /** An IANA name, `Europe/Berlin`. */
  readonly timeZone: string
  /** Whether answers may draw on the web; `undefined` leaves it to the service. */
  readonly webSearch: boolean | undefined
}

/** Where the user is, and whether the web is searched. A search that the request asks for may say where for. */
export function surroundings(request: ChatRequest, { timeZone, webSearch }: Defaults, notes: Notes): JsonObject {
  const asked: unknown = request.web_search_options
  const search = isObject(asked) ? asked : undefined
  const isEnabled = search === undefined ? webSearch : true
  return {
    locationHint: { timeZone, ...(search !== undefined && placeOf(search, notes)) },
    ...(isEnabled !== undefined && { contextualResources: { webContext: { isWebEnabled: isEnabled } } }),
  }
}

function placeOf({ user_location: location, search_context_size: size }: JsonObject, notes: Notes): JsonObject {
  if (size !== undefined && size !== null && size !== 'medium') notes.drop('web_search_options.search_context_size')
  const place = isObject(location) ? location['approximate'] : undefined
  if (!isObject(place)) return {}
  const { timezone, country, city, region } = place
  if (textOf(city) !== undefined || textOf(region) !== undefined) notes.drop('web_search_options.user_location')
  return {
    ...(textOf(timezone) !== undefined && { timeZone: timezone }),
    ...(textOf(country) !== undefined && { countryOrRegion: country }),
  }
}

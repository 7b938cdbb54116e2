import type { ChatRequest } from '../../contracts/chat.ts'
import { isObject } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import { present } from '../shared/responses/wire.ts'
import { searchFilters } from './fields.ts'

/**
 * The search tool, where the caller asks for a search: by `web_search_options`, or by one of the filters of a search. No
 * model of the vendor's searches by itself any more.
 */
export function searchTool(request: ChatRequest): JsonObject | undefined {
  const filters = present(Object.fromEntries(Object.entries(request).filter(([field]) => isFilter(field))))
  const options: unknown = request.web_search_options
  const hasFilters = Object.keys(filters).length > 0
  if (!isObject(options)) return hasFilters ? { type: 'web_search', filters } : undefined
  const { search_context_size, user_location: location } = options
  return {
    type: 'web_search',
    ...present({ search_context_size, user_location: placeOf(location), filters: hasFilters ? filters : options['filters'] }),
  }
}

function isFilter(field: string): boolean {
  return searchFilters.some((filter) => filter === field)
}

const placeFields = new Set(['city', 'country', 'region', 'latitude', 'longitude'])

/** Chat completions wrap the place. */
function placeOf(location: unknown): JsonObject | undefined {
  if (!isObject(location)) return undefined
  const place = isObject(location['approximate']) ? location['approximate'] : location
  return Object.fromEntries(Object.entries(place).filter(([field]) => placeFields.has(field)))
}

/** The ids of one request's tool calls as the vendor accepts them. */
export interface ToolIds {
  /** The id on the wire for a call; each call of the conversation gets one of its own. */
  declare(id: string): string
  /** Takes an id that is sent as it is. */
  keep(id: string): void
  /** The id on the wire of the latest call with this id. */
  resolve(id: string): string
}

/**
 * Ids for one request. `form` writes an id as the vendor accepts it, in another way for every attempt, from 0 on: ids may
 * meet, or come twice in a conversation. The map is injective, and it depends only on the calls before, so that a growing
 * conversation keeps its cached prefix.
 */
export function toolIds(form: (id: string, attempt: number) => string): ToolIds {
  const taken = new Set<string>()
  const latest = new Map<string, string>()
  return {
    declare(id) {
      let attempt = 0
      while (taken.has(form(id, attempt))) attempt += 1
      const wire = form(id, attempt)
      taken.add(wire)
      latest.set(id, wire)
      return wire
    },
    keep(id) {
      taken.add(id)
      latest.set(id, id)
    },
    resolve: (id) => latest.get(id) ?? form(id, 0),
  }
}

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
 * Other vendors' ids may hold characters that are refused here (`^[a-zA-Z0-9_-]+$`), or come twice in a conversation. The
 * map is injective, and it depends only on the calls before, so that a growing conversation keeps its cached prefix.
 */
export function toolIds(): ToolIds {
  const taken = new Set<string>()
  const latest = new Map<string, string>()

  function keep(id: string): void {
    taken.add(id)
    latest.set(id, id)
  }

  return {
    declare(id) {
      const wire = unused(id.replaceAll(/[^a-zA-Z0-9_-]/g, '_') || 'call', taken)
      taken.add(wire)
      latest.set(id, wire)
      return wire
    },
    keep,
    resolve: (id) => latest.get(id) ?? (id.replaceAll(/[^a-zA-Z0-9_-]/g, '_') || 'call'),
  }
}

function unused(id: string, taken: ReadonlySet<string>): string {
  if (!taken.has(id)) return id
  let count = 2
  while (taken.has(`${id}_${count}`)) count += 1
  return `${id}_${count}`
}

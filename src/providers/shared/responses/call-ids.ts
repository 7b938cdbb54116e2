/** The ids of one request's tool calls as the Responses format takes them. */
export interface CallIds {
  /** The id on the wire for a call or its result: the same for both. */
  wire(id: string): string
}

/** Longer ones are refused ("string too long. Expected a string with maximum length 64", seen 2026). */
const longest = 64

/**
 * Other vendors' ids may be longer than this format takes. Each too long one gets a number in the order of its first
 * appearance, so that a growing conversation keeps its cached prefix; all others stay as they are.
 */
export function callIds(known: Iterable<string>): CallIds {
  const taken = new Set(known)
  const short = new Map<string, string>()

  function shortened(id: string): string {
    let count = short.size + 1
    while (taken.has(`call_${count}`)) count += 1
    const made = `call_${count}`
    taken.add(made)
    short.set(id, made)
    return made
  }

  return { wire: (id) => (id.length <= longest && id !== '' ? id : (short.get(id) ?? shortened(id))) }
}

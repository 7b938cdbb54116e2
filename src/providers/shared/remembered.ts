/** A caller may name any model: what is remembered of them is bounded. */
const most = 500

/** What a function tells from a name alone, told once for each name. */
export function remembered<Told extends object>(tell: (name: string) => Told): (name: string) => Told {
  const known = new Map<string, Told>()
  return (name) => {
    const before = known.get(name)
    if (before !== undefined) return before
    const told = tell(name)
    if (known.size >= most) known.clear()
    known.set(name, told)
    return told
  }
}

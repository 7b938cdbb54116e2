/** Numbers in [0, 1) that only look random: the same seed gives the same ones, on every machine. */
export type Random = () => number

/** Mulberry32: 32 bits of state, which is plenty for shuffling and for a bootstrap, and passes the usual tests of randomness. */
export function randomOf(seed: number): Random {
  let state = Math.trunc(seed) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A new array in random order; every order is equally likely. */
export function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const left = [...items]
  const drawn: Item[] = []
  while (left.length > 0) drawn.push(...left.splice(Math.floor(random() * left.length), 1))
  return drawn
}

const windowMs = 60_000
const binMs = 1000

/** What was counted within one second. */
interface Bin {
  readonly index: number
  amount: number
}

/** A limit per minute: in no 60 seconds, wherever they begin, is more let through. Counts by the second, the older one in full. */
export class MinuteWindow {
  readonly #limit: number
  readonly #bins: Bin[] = []
  #used = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** How long until there is room for so much; 0 where there is. More than the limit has room where nothing else was counted. */
  waitMs(need: number, now: number): number {
    this.#forget(now)
    const wanted = Math.min(need, this.#limit)
    let used = this.#used
    if (used + wanted <= this.#limit) return 0
    for (const { index, amount } of this.#bins) {
      used -= amount
      if (used + wanted <= this.#limit) return (index + 1) * binMs + windowMs - now
    }
    return 0
  }

  /** Counts so much; gives what corrects it, while it is in the window. */
  add(amount: number, now: number): (to: number) => void {
    this.#forget(now)
    const index = Math.floor(now / binMs)
    let bin = this.#bins.at(-1)
    if (bin?.index !== index) {
      bin = { index, amount: 0 }
      this.#bins.push(bin)
    }
    const counted = bin
    counted.amount += amount
    this.#used += amount
    return (to) => {
      counted.amount += to - amount
      if (this.#bins.includes(counted)) this.#used += to - amount
    }
  }

  #forget(now: number): void {
    const oldest = Math.floor((now - windowMs) / binMs)
    for (let [first] = this.#bins; first !== undefined && first.index < oldest; [first] = this.#bins) {
      this.#used -= first.amount
      this.#bins.shift()
    }
  }
}

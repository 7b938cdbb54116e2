import { paint, time, wrapped } from './table.ts'

const width = 36

/** A bar that grows in place on a terminal; elsewhere a line now and then. */
export class Progress {
  readonly #total: number
  readonly #isTerminal = process.stdout.isTTY
  readonly #since = performance.now()
  #done = 0
  #state = ''

  constructor(total: number) {
    this.#total = total
  }

  get done(): number {
    return this.#done
  }

  tick(): void {
    this.#done += 1
    if (this.#isTerminal) this.#draw()
    else if (this.#done % 9 === 0 || this.#done === this.#total) this.#print(`${this.#done} of ${this.#total} calls are done`)
  }

  /** Something that the watcher should know, now and in the bar from now on. */
  note(text: string, state: string): void {
    this.#state = state
    this.#print(text)
    if (this.#isTerminal) this.#draw()
  }

  end(): void {
    if (this.#isTerminal) process.stdout.write('\n')
  }

  #print(text: string): void {
    const clear = this.#isTerminal ? '\r\u001b[2K' : ''
    const moment = `+${time(performance.now() - this.#since)}`.padEnd(9)
    const lines = wrapped(text, 12).trimStart()
    process.stdout.write(`${clear}  ${paint('dim', moment)} ${lines}\n`)
  }

  #draw(): void {
    const filled = Math.round((this.#done / this.#total) * width)
    const bar = paint('cyan', '█'.repeat(filled)) + paint('dim', '░'.repeat(width - filled))
    process.stdout.write(`\r\u001b[2K  ${bar} ${this.#done}/${this.#total} ${this.#state}`)
  }
}

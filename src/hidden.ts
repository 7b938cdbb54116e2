/** Holds a value in a private field: whoever prints what holds this prints nothing of it. */
export class Hidden<Value> {
  readonly #value: Value

  constructor(value: Value) {
    this.#value = value
  }

  get value(): Value {
    return this.#value
  }
}

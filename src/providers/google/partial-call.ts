import { isObject, textOf } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import type { Part } from './wire.ts'

/**
 * Puts a function call together that comes in pieces: Vertex with `streamFunctionCallArguments` sends the name first, then
 * values with the JSON path where they belong, then an empty piece.
 */
export class PartialCall {
  readonly #first: Part
  #args: JsonObject

  constructor(first: Part) {
    this.#first = first
    const { functionCall } = first
    this.#args = isObject(functionCall) && isObject(functionCall['args']) ? functionCall['args'] : {}
    this.add(functionCall)
  }

  /** Takes the next piece; true where more are to come. */
  add(piece: unknown): boolean {
    if (!isObject(piece)) return false
    const values: unknown[] = Array.isArray(piece['partialArgs']) ? piece['partialArgs'] : []
    for (const value of values) {
      const path = isObject(value) ? stepsOf(textOf(value['jsonPath']) ?? '') : []
      if (!isObject(value) || path.length === 0) continue
      const next = placed(this.#args, { path, value: valueOf(value) })
      if (isObject(next)) this.#args = next
    }
    return piece['willContinue'] === true
  }

  /** The whole call, as if it had come in one part. */
  whole(): Part {
    const { functionCall } = this.#first
    const { partialArgs: _values, willContinue: _more, ...call } = isObject(functionCall) ? functionCall : {}
    return { ...this.#first, functionCall: { ...call, args: this.#args } }
  }
}

/** Whether a part begins or continues a call that comes in pieces. */
export function isPiece({ functionCall }: Part): boolean {
  return isObject(functionCall) && (functionCall['willContinue'] === true || functionCall['partialArgs'] !== undefined)
}

type Step = string | number

/** `$.items[0].name` and `$['items'][0]` as steps. */
function stepsOf(path: string): readonly Step[] {
  const steps: Step[] = []
  for (const [, name, index, single, double] of path.matchAll(
    /\.([^.[\]]+)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/g,
  )) {
    steps.push(index === undefined ? (name ?? single ?? double ?? '').replaceAll(/\\(.)/g, '$1') : Number(index))
  }
  return steps
}

function valueOf({ stringValue, numberValue, boolValue }: JsonObject): unknown {
  return stringValue ?? numberValue ?? boolValue ?? null
}

const longestList = 100_000

/** A copy with the value at the path; text that is there already goes on. */
function placed(target: unknown, { path, value }: { readonly path: readonly Step[]; readonly value: unknown }): unknown {
  const [step, ...rest] = path
  if (step === undefined) return typeof target === 'string' && typeof value === 'string' ? target + value : value
  if (typeof step === 'number') {
    const list: unknown[] = Array.isArray(target) ? [...target] : []
    if (step <= longestList) list[step] = placed(list[step], { path: rest, value })
    return list
  }
  const object: JsonObject = isObject(target) ? target : {}
  const before = Object.hasOwn(object, step) ? object[step] : undefined
  return { ...object, [step]: placed(before, { path: rest, value }) }
}

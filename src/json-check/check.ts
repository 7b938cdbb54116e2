import type { ChatRequest } from '../contracts/chat.ts'
import { RouterFault } from '../errors.ts'
import { promisedIn, type Promised } from './promised.ts'
import { loadValidator, type Validate } from './validator.ts'

/** One choice of an answer, whole, as far as it is checked. */
export interface Choice {
  readonly finish: string | null | undefined
  readonly text: string
  readonly refused: boolean
  readonly calls: readonly { readonly name: string; readonly arguments: string }[]
}

/** Checks the answers of one attempt for what its vendor leaves of the request's JSON promises. */
export class JsonCheck {
  readonly #promised: Promised
  readonly #provider: string
  /** Loaded while the vendor is still at work. */
  readonly #validate: Promise<Validate>

  constructor(request: ChatRequest, unenforced: readonly string[], provider: string) {
    this.#promised = promisedIn(request, unenforced)
    this.#provider = provider
    this.#validate = loadValidator()
    // Whoever checks awaits it; an attempt that fails before never does.
    this.#validate.catch(() => undefined)
  }

  /** What is wrong with an answer. Cut, filtered and refused ones promise nothing. */
  async faultOf(choices: readonly Choice[]): Promise<RouterFault | undefined> {
    const validate = await this.#validate
    for (const choice of choices) {
      const fault = this.#callFault(choice, validate) ?? this.#textFault(choice, validate)
      if (fault !== undefined) return fault
    }
    return undefined
  }

  #textFault({ finish, text, refused, calls }: Choice, validate: Validate): RouterFault | undefined {
    const { format } = this.#promised
    if (format === undefined || finish !== 'stop' || refused || calls.length > 0) return undefined
    const value = parsed(text)
    if (value === undefined) return this.#fault('response_format', 'text that is no JSON')
    if (format === 'json') return undefined
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (format === 'object') return isObject ? undefined : this.#fault('response_format', 'JSON that is no object')
    return this.#schemaFault('response_format', validate(value, format.schema))
  }

  #callFault({ finish, calls }: Choice, validate: Validate): RouterFault | undefined {
    // A call that was forced ends with `stop`.
    if (finish !== 'tool_calls' && finish !== 'stop') return undefined
    for (const call of calls) {
      const promised = this.#promised.tools.get(call.name)
      if (promised === undefined) continue
      const value = parsed(call.arguments)
      const fault =
        value === undefined
          ? this.#fault(promised.field, 'arguments that are no JSON')
          : this.#schemaFault(promised.field, validate(value, promised.schema))
      if (fault !== undefined) return fault
    }
    return undefined
  }

  #schemaFault(field: string, mismatch: ReturnType<Validate>): RouterFault | undefined {
    return mismatch && this.#fault(field, `JSON that breaks the schema at ${mismatch.at}: ${mismatch.keyword}`)
  }

  #fault(field: string, what: string): RouterFault {
    const message = `${this.#provider} answered with ${what} (${field}).`
    return new RouterFault('mismatch', message, { code: 'schema_mismatch', param: field })
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

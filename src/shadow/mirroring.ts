import { Answered } from '../answered.ts'
import type { ChatCompletion, ChatRequest } from '../contracts/chat.ts'
import { chatRequest } from '../chat-body.ts'
import type { Delivery } from '../deliver.ts'
import type { Call } from '../call.ts'
import type { DispatcherParts } from '../dispatch.ts'
import { Dispatcher } from '../dispatch.ts'
import type { Reading } from '../reading.ts'
import type { Routed } from '../route.ts'
import type { Entry } from '../runtime.ts'
import type { Audience } from './live.ts'

/** A dispatcher that shows some of what it serves to an audience, when the caller has it. */
export class MirroringDispatcher extends Dispatcher {
  readonly #parts: DispatcherParts
  readonly #audienceOf: (agent: string | undefined) => Audience | undefined

  constructor(parts: DispatcherParts, audienceOf: (agent: string | undefined) => Audience | undefined) {
    super(parts)
    this.#parts = parts
    this.#audienceOf = audienceOf
  }

  override async complete(call: Call): Promise<Routed<ChatCompletion>> {
    const audience = this.#audience(call)
    if (audience === undefined) return super.complete(call)
    const request = chatRequest(call.body)
    const seen = new Seen(this.#parts)
    const routed = await seen.dispatcher.complete({ ...call, body: request })
    seen.answered.addWhole(routed.answer)
    seen.show(request, audience)
    return routed
  }

  override async stream(call: Call): Promise<Delivery> {
    const audience = this.#audience(call)
    if (audience === undefined) return super.stream(call)
    // A copy: what the caller does to its own while the stream runs is not what was asked.
    const request = chatRequest(call.body)
    const seen = new Seen(this.#parts, () => seen.show(request, audience))
    return seen.dispatcher.stream({ ...call, body: request })
  }

  #audience({ body, routing }: Call): Audience | undefined {
    const model: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'model') : undefined
    const named = typeof model === 'string' && model.startsWith('agent:') ? model.slice('agent:'.length) : undefined
    const audience = this.#audienceOf(named ?? routing.agent)
    return audience?.draws() === true ? audience : undefined
  }
}

/** What is seen of one request as it is served. */
class Seen {
  readonly dispatcher: Dispatcher
  readonly answered = new Answered()
  #served: Entry | undefined

  /** `onServed` is called when a stream has been read to its end. */
  constructor(parts: DispatcherParts, onServed?: () => void) {
    const { accounts, runtime } = parts
    let reading: Reading | undefined
    this.dispatcher = new Dispatcher({
      ...parts,
      accounts: {
        ...accounts,
        finished(finished) {
          reading = finished
          return accounts.finished(finished)
        },
      },
      runtime: {
        ...runtime,
        record: (entry) => {
          runtime.record(entry)
          if (entry.outcome !== 'success' || !entry.served) return
          this.#served = entry
          if (reading === undefined) return
          this.answered.addProgress(reading.progress)
          onServed?.()
        },
      },
    })
  }

  show(request: ChatRequest, audience: Audience): void {
    const entry = this.#served
    if (entry === undefined) return
    const { requestId, decision, target, durationMs, firstTokenMs = null, usage, source, cost } = entry
    const { text, finish, model } = this.answered
    const result = { answer: text, failure: null, status: null, finish, served: model, latencyMs: durationMs, firstTokenMs }
    audience.show({
      requestId,
      agent: decision.agent,
      tenant: decision.tenant,
      request,
      target: target.id,
      result: { ...result, usage, usageSource: source, cost, isCharged: true },
    })
  }
}

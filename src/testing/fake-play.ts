import type { AdapterCall } from '../contracts/adapter.ts'
import type { ChatCompletion, ChatCompletionChunk } from '../contracts/chat.ts'
import type { Clock } from '../contracts/clock.ts'
import { AttemptError } from '../errors.ts'
import { chunksOf, completionOf } from './fake-completion.ts'
import type { FakeChunk } from './fake-completion.ts'
import type { FakeScript, FakeTurn } from './fake-script.ts'
import type { FakeAnswer, FakeFailure, FakeStep } from './fake-steps.ts'
import { untilAborted, wait } from './wait.ts'

/** Answers one call without `stream`. */
export async function playWhole({ record, step, settle }: FakeTurn, call: AdapterCall, clock: Clock): Promise<ChatCompletion> {
  try {
    const answered = await opened(step, call, clock)
    await endBadly(answered, call.signal)
    return completionOf(answered, record, Math.floor(clock.wall() / 1000))
  } finally {
    settle()
  }
}

/** Answers one call with `stream`. */
export async function* playStream(script: FakeScript, call: AdapterCall, clock: Clock): AsyncGenerator<ChatCompletionChunk> {
  const { record, step, settle } = script.next(call, true)
  try {
    const answered = await opened(step, call, clock)
    const whole = completionOf(answered, record, Math.floor(clock.wall() / 1000))
    const texts = answered.step === 'answer' ? answered.chunks : undefined
    yield* paced(chunksOf(whole, texts), { answered, signal: call.signal, clock })
    await endBadly(answered, call.signal)
    settle()
  } catch (error) {
    settle()
    throw error
  } finally {
    // Reached unsettled only when the consumer left the loop.
    settle({ left: true })
  }
}

/** Waits for the headers; throws what the step fails with. */
async function opened(step: FakeStep, call: AdapterCall, clock: Clock): Promise<FakeAnswer> {
  call.signal.throwIfAborted()
  if (step.step === 'stall') return untilAborted(call.signal)
  const delayMs = step.step === 'fail' ? step.delayMs : (step.details.delayMs ?? 0)
  if (delayMs > 0) await wait(delayMs, call.signal, clock)
  if (step.step === 'fail') throw errorOf(step)
  call.onHeaders?.(new Headers(step.details.headers))
  return step
}

async function* paced(
  chunks: Iterable<FakeChunk>,
  { answered, signal, clock }: { readonly answered: FakeAnswer; readonly signal: AbortSignal; readonly clock: Clock },
): AsyncGenerator<ChatCompletionChunk> {
  const { chunkMs = 0, failAfter, stallAfter } = answered.step === 'answer' ? answered.details : {}
  const limit = failAfter ?? stallAfter ?? Infinity
  let sent = 0
  for (const { content, chunk } of chunks) {
    const opening = chunk.choices[0]?.delta.role !== undefined
    if (sent >= limit && !opening) return
    if (content) {
      await wait(chunkMs, signal, clock)
      sent += 1
    }
    signal.throwIfAborted()
    yield chunk
  }
}

async function endBadly(answered: FakeAnswer, signal: AbortSignal): Promise<void> {
  if (answered.step !== 'answer') return
  const { failAfter, stallAfter, error = cut } = answered.details
  if (failAfter !== undefined) throw errorOf(error)
  if (stallAfter !== undefined) await untilAborted(signal)
}

const cut: FakeFailure = {
  step: 'fail',
  delayMs: 0,
  failure: { kind: 'truncated', message: 'scripted failure: the stream was cut before its finish reason' },
}

function errorOf({ failure: { kind, message, ...details } }: FakeFailure): AttemptError {
  return new AttemptError(kind, message, details)
}

import type { Attempt } from '../attempt.ts'
import type { ChatCompletion, ChatCompletionChunk, ChatRequest } from '../contracts/chat.ts'
import type { Journey } from '../journey.ts'
import { JsonCheck } from './check.ts'
import { CheckedStream } from './streamed.ts'
import { choicesOf } from './whole.ts'

/** The check of a whole answer; none where the target's vendor sees to everything itself. */
export function wholeCheck(
  request: ChatRequest,
  attempt: Attempt,
  journey: Journey,
): ((completion: ChatCompletion) => Promise<void>) | undefined {
  const check = checkFor(request, attempt, journey)
  if (check === undefined) return undefined
  return async (completion) => {
    const fault = await check.faultOf(choicesOf(completion))
    if (fault !== undefined) throw fault
  }
}

/** The chunks of a streamed answer, checked at their end where that is needed. */
export function checkedChunks(
  chunks: AsyncIterator<ChatCompletionChunk>,
  { request, attempt, journey }: { readonly request: ChatRequest; readonly attempt: Attempt; readonly journey: Journey },
): AsyncIterator<ChatCompletionChunk> {
  const check = checkFor(request, attempt, journey)
  if (check === undefined) return chunks
  return new CheckedStream(chunks, check, { clock: journey.runtime.clock, count: request.n ?? 1 })
}

function checkFor(request: ChatRequest, { target }: Attempt, { plan }: Journey): JsonCheck | undefined {
  const { chain, escalation = [] } = plan.decision
  const links = escalation.length === 0 ? chain : [chain, ...escalation.map((step) => step.chain)].flat()
  const unenforced = links.find((link) => link.target === target.id)?.unenforced
  return unenforced === undefined ? undefined : new JsonCheck(request, unenforced, target.provider)
}

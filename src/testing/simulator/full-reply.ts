import { estimateTokens } from '../tokens.ts'
import { plausibleReply } from './plausible.ts'
import type { FullReply, Reply } from './reply.ts'
import type { Turn } from './turn.ts'

/** Fills in what a reply leaves open. */
export function fullReply(given: Reply, turn: Turn): FullReply {
  const reply = says(given) ? given : { ...plausibleReply(turn), ...given }
  const text = reply.text ?? reply.deltas?.join('') ?? ''
  const toolCalls = (reply.toolCalls ?? []).map(({ name, arguments: args = {}, id }) => ({
    name,
    arguments: typeof args === 'string' ? args : JSON.stringify(args),
    id,
  }))
  const said = [text, reply.refusal, toolCalls.map((call) => [call.name, call.arguments])]
  return {
    text,
    deltas: reply.deltas ?? words(text),
    reasoning: reply.reasoning,
    toolCalls,
    refusal: reply.refusal,
    finish: reply.finish ?? defaultFinish(reply),
    usage: {
      input: turn.promptTokens,
      cached: 0,
      cacheWrite: 0,
      output: Math.max(1, estimateTokens(said)),
      reasoning: estimateTokens(reply.reasoning),
      ...reply.usage,
    },
    model: reply.model ?? turn.model,
  }
}

function says({ text, deltas, toolCalls, refusal, reasoning }: Reply): boolean {
  return [text, deltas, toolCalls, refusal, reasoning].some((part) => part !== undefined)
}

function defaultFinish(reply: Reply): string {
  if ((reply.toolCalls?.length ?? 0) > 0) return 'tool_calls'
  return reply.refusal === undefined ? 'stop' : 'content_filter'
}

/** A text in pieces of about a token each; joined they are the text. */
function words(text: string): readonly string[] {
  return text.match(/\s*\S+|\s+$/g) ?? []
}

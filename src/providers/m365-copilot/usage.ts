import type { CompletionUsage, UsageExtras } from '../../contracts/chat.ts'

/**
 * The service counts no tokens. This is an estimate by the texts that went over the wire, and says so: four ASCII characters
 * are a token, two of other alphabets, one of any other script. What the service adds itself, its instructions and what it
 * finds, nobody outside knows.
 */
export function estimatedUsage(sent: readonly string[], answer: string): CompletionUsage & UsageExtras {
  const prompt_tokens = tokensIn(sent.join(''))
  const completion_tokens = tokensIn(answer)
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens, estimated: true }
}

function tokensIn(text: string): number {
  let quarters = 0
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    quarters += unit < 0x80 ? 1 : unit < 0x8_00 ? 2 : 4
  }
  return Math.ceil(quarters / 4)
}

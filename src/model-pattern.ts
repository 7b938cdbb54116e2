/**
 * Whether a target is one of those that a pattern stands for: `provider/model`, or a model's name at whichever provider. `*` stands
 * for any number of characters.
 */
export function isMeant(pattern: string, { provider, model }: { readonly provider: string; readonly model: string }): boolean {
  return matches(pattern, pattern.includes('/') ? `${provider}/${model}` : model)
}

/** Without a regular expression, which takes very long for some patterns: names come from callers. */
function matches(pattern: string, text: string): boolean {
  const [start = '', ...pieces] = pattern.split('*')
  const end = pieces.pop()
  if (end === undefined) return text === start
  if (!text.startsWith(start) || !text.endsWith(end)) return false
  let at = start.length
  for (const piece of pieces) {
    const found = text.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return at + end.length <= text.length
}

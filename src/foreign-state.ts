import type { ChatRequest } from './contracts/chat.ts'

/** Who owns the reasoning state that the conversation carries, but for `owner`: nobody gets another's. */
export function foreignOwners({ messages }: ChatRequest, owner: string | undefined): ReadonlySet<string> {
  const owners = new Set<string>()
  for (const message of messages) {
    if (message.role !== 'assistant' || !('provider_state' in message)) continue
    const state = message.provider_state
    const tag = typeof state === 'object' && state !== null && 'provider' in state ? state.provider : undefined
    if (typeof tag === 'string' && tag !== owner) owners.add(tag)
  }
  return owners
}

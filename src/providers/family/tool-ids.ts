import type { ChatRequest } from '../../contracts/chat.ts'

const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/**
 * Ids of tool calls as the server accepts them. An id that does not fit is replaced by nine letters and digits made from
 * all of it, the same in every turn; should two ids of a conversation ever meet, the later one moves on.
 */
export function toolIds(pattern: RegExp | null, messages: ChatRequest['messages']): (id: string) => string {
  if (pattern === null) return (id) => id
  const known = new Map<string, string>()
  const taken = new Set<string>()
  const foreign: string[] = []
  for (const message of messages) {
    for (const id of idsOf(message)) {
      if (!pattern.test(id)) foreign.push(id)
      else taken.add(id)
    }
  }
  for (const id of foreign) {
    if (known.has(id)) continue
    let short = hashed(id, 0)
    for (let salt = 1; taken.has(short); salt += 1) short = hashed(id, salt)
    taken.add(short)
    known.set(id, short)
  }
  return (id) => known.get(id) ?? id
}

function idsOf(message: ChatRequest['messages'][number]): readonly string[] {
  if (message.role === 'tool') return [message.tool_call_id]
  return message.role === 'assistant' ? (message.tool_calls ?? []).map(({ id }) => id) : []
}

/** FNV-1a, 64 bits, in base 62. */
function hashed(id: string, salt: number): string {
  let hash = 0xcbf29ce484222325n ^ BigInt(salt)
  for (const byte of new TextEncoder().encode(id)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  let text = ''
  for (let place = 0; place < 9; place += 1) {
    text += letters[Number(hash % 62n)] ?? '0'
    hash /= 62n
  }
  return text
}

import assert from 'node:assert/strict'
import type { ChatCompletion, ChatCompletionChunk, CompletionUsage } from '../../contracts/chat.ts'

const finishReasons = ['stop', 'length', 'tool_calls', 'content_filter', 'function_call']

/** Fails unless this is a completion as OpenAI writes it. */
export function assertCompletion(completion: ChatCompletion): void {
  assert.equal(completion.object, 'chat.completion')
  assertHead(completion)
  assert.ok(completion.choices.length > 0, 'a completion has at least one choice')
  for (const [position, { index, message, finish_reason }] of completion.choices.entries()) {
    assert.equal(index, position)
    assert.equal(message.role, 'assistant')
    assert.ok(message.content === null || typeof message.content === 'string', 'content is a string or null')
    assert.ok(finishReasons.includes(finish_reason), `finish_reason is ${finish_reason}`)
    for (const call of message.tool_calls ?? []) assertToolCall(call)
  }
  if (completion.usage !== undefined) assertUsage(completion.usage)
}

/** Fails unless these are the chunks of one whole answer in OpenAI's grammar. */
export function assertChunks(chunks: readonly ChatCompletionChunk[]): void {
  const [first] = chunks
  assert.ok(first !== undefined, 'a stream has chunks')
  for (const chunk of chunks) {
    assert.equal(chunk.object, 'chat.completion.chunk')
    assertHead(chunk)
    assert.deepEqual(
      [chunk.id, chunk.created, chunk.model],
      [first.id, first.created, first.model],
      'id, created and model stay the same',
    )
  }
  assert.equal(first.choices[0]?.delta.role, 'assistant', 'the first chunk carries the role')
  for (const index of new Set(chunks.flatMap(({ choices }) => choices.map((choice) => choice.index)))) assertChoice(chunks, index)
  assertEnd(chunks)
}

function assertHead({ id, created, model }: Pick<ChatCompletion, 'id' | 'created' | 'model'>): void {
  assert.ok(typeof id === 'string' && id !== '', 'id is a string')
  assert.ok(Number.isInteger(created), 'created is in whole seconds')
  assert.ok(typeof model === 'string' && model !== '', 'model is a string')
}

function assertChoice(chunks: readonly ChatCompletionChunk[], index: number): void {
  const choices = chunks.flatMap((chunk) => chunk.choices.filter((choice) => choice.index === index))
  assert.equal(choices.filter(({ delta }) => delta.role !== undefined).length, 1, 'one chunk of a choice carries its role')
  const finishes = choices.filter(({ finish_reason }) => finish_reason !== null && finish_reason !== undefined)
  assert.equal(finishes.length, 1, 'a choice has one finish reason')
  assert.equal(choices.at(-1), finishes[0], 'nothing of a choice comes after its finish reason')
  assert.ok(finishReasons.includes(String(finishes[0]?.finish_reason)), `finish_reason is ${String(finishes[0]?.finish_reason)}`)
  assertToolDeltas(choices.flatMap(({ delta }) => delta.tool_calls ?? []))
}

function assertToolDeltas(deltas: readonly { index: number; id?: string; type?: string; function?: { name?: string } }[]): void {
  let known = 0
  for (const { index, id, type, function: called } of deltas) {
    assert.ok(index <= known, `tool calls are numbered in order of appearance, got ${index} after ${known}`)
    if (index === known) {
      known += 1
      assert.ok(id !== undefined && id !== '', 'the first delta of a tool call has its id')
      assert.equal(type, 'function')
      assert.ok(called?.name !== undefined && called.name !== '', 'the first delta of a tool call has its name')
    } else {
      assert.equal(id, undefined, 'only the first delta of a tool call has its id')
      assert.equal(called?.name, undefined, 'only the first delta of a tool call has its name')
    }
  }
}

function assertEnd(chunks: readonly ChatCompletionChunk[]): void {
  const counted = chunks.filter(({ usage }) => usage !== undefined && usage !== null)
  assert.equal(counted.length, 1, 'one chunk carries usage')
  assert.equal(chunks.at(-1), counted[0], 'the last chunk carries usage')
  const usage = counted[0]?.usage
  if (usage !== undefined && usage !== null) assertUsage(usage)
}

/** Fails unless the totals are totals. */
function assertUsage(usage: CompletionUsage): void {
  const { prompt_tokens, completion_tokens, total_tokens } = usage
  for (const [name, count] of Object.entries({ prompt_tokens, completion_tokens, total_tokens })) {
    assert.ok(Number.isInteger(count) && count >= 0, `${name} is a count, got ${String(count)}`)
  }
  assert.equal(total_tokens, prompt_tokens + completion_tokens, 'total_tokens is the sum')
  assert.ok((usage.prompt_tokens_details?.cached_tokens ?? 0) <= prompt_tokens, 'cached tokens are a part of prompt_tokens')
  assert.ok(
    (usage.completion_tokens_details?.reasoning_tokens ?? 0) <= completion_tokens,
    'reasoning tokens are a part of completion_tokens',
  )
}

function assertToolCall(call: NonNullable<ChatCompletion['choices'][number]['message']['tool_calls']>[number]): void {
  assert.ok(typeof call.id === 'string' && call.id !== '' && call.id !== 'null', 'a tool call has an id')
  if (call.type !== 'function') return
  assert.ok(call.function.name !== '', 'a tool call has a name')
  assert.doesNotThrow(
    () => void JSON.parse(call.function.arguments),
    'the arguments of a tool call are JSON, {} where there are none',
  )
}

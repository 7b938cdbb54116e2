import { describe, expect, it } from 'vitest'
import type { ChatMessage } from '../../src/contracts/chat.ts'
import { vertex } from '../../src/providers/google/index.ts'
import { bodyOf, callOf, chunksOf, completionOf, json, piece, says, sse, wire } from './google-fixtures.ts'

const skip = 'skip_thought_signature_validator'
const signed = [
  { text: 'I think.', thought: true },
  { text: 'Let me see.' },
  { functionCall: { id: 'n1', name: 'f', args: { x: 1 } }, thoughtSignature: 'c2lnMQ==' },
  { functionCall: { id: 'n2', name: 'g', args: {} } },
]
const tools = ['f', 'g'].map((name) => ({ type: 'function' as const, function: { name } }))

/** A conversation that goes on after an answer of the assistant's. */
const after = (message: ChatMessage): { messages: ChatMessage[]; tools: typeof tools } => ({
  messages: [
    { role: 'user', content: 'Hi' },
    message,
    { role: 'tool', tool_call_id: 'n1', content: '1' },
    { role: 'tool', tool_call_id: 'n2', content: '2' },
  ],
  tools,
})
const replayed = async (message: ChatMessage, model = 'gemini-3-flash') => (await bodyOf(after(message), { model }))['contents']
const results = {
  role: 'user',
  parts: [
    { functionResponse: { id: 'n1', name: 'f', response: { output: '1' } } },
    { functionResponse: { id: 'n2', name: 'g', response: { output: '2' } } },
  ],
}

async function answered(): Promise<ChatMessage> {
  const { choices } = await completionOf(says(signed), { tools })
  const message = choices[0]?.message
  if (message === undefined) throw new Error('There is no message.')
  return structuredClone(message)
}

describe('Google: thought signatures', () => {
  it('come out on the message and on the call, and go back verbatim', async () => {
    const message = await answered()
    expect(message).toMatchObject({
      content: 'Let me see.',
      reasoning_content: 'I think.',
      tool_calls: [{ id: 'n1', extra_content: { google: { thought_signature: 'c2lnMQ==' } } }, { id: 'n2' }],
      provider_state: { v: 1, provider: 'google', model: 'gemini-3-flash', blocks: signed },
    })
    expect(await replayed(message)).toEqual([{ role: 'user', parts: [{ text: 'Hi' }] }, { role: 'model', parts: signed }, results])
  })

  it('come out with the finish reason of a stream, with text that came in pieces in one', async () => {
    const chunks = await chunksOf(
      sse([
        piece([{ text: 'Let ' }]),
        piece([{ text: 'me.' }]),
        piece([{ text: '', thoughtSignature: 'c2ln' }]),
        says([signed[2]]),
      ]),
      { tools },
    )
    expect(chunks.at(-2)?.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      delta: { provider_state: { blocks: [{ text: 'Let me.' }, { text: '', thoughtSignature: 'c2ln' }, signed[2]] } },
    })
  })

  it('are left out where the message says it all', async () => {
    const { choices } = await completionOf(says([{ text: 'Hello' }, { functionCall: { name: 'f', args: {} } }]), { tools })
    expect(choices[0]?.message).not.toHaveProperty('provider_state')
  })

  it('are taken from the call where there is no state', async () => {
    const { provider_state: _, ...message } = { provider_state: undefined, ...(await answered()) }
    expect(await replayed(message)).toMatchObject([
      {},
      {
        parts: [
          { text: 'Let me see.' },
          { functionCall: { id: 'n1' }, thoughtSignature: 'c2lnMQ==' },
          { functionCall: { id: 'n2' } },
        ],
      },
      results,
    ])
  })

  it('are replaced by the skip sentinel where history comes from elsewhere: on the first call of each step', async () => {
    const message = { ...(await answered()), provider_state: { v: 1, provider: 'another', model: 'x', blocks: [{ secret: 1 }] } }
    expect(await replayed(message)).toEqual([
      { role: 'user', parts: [{ text: 'Hi' }] },
      {
        role: 'model',
        parts: [
          { text: 'Let me see.' },
          { functionCall: { id: 'n1', name: 'f', args: { x: 1 } }, thoughtSignature: skip },
          { functionCall: { id: 'n2', name: 'g', args: {} } },
        ],
      },
      results,
    ])
  })

  it('are not needed before Gemini 3', async () => {
    const message = { ...(await answered()), provider_state: { v: 1, provider: 'another', model: 'x', blocks: [] } }
    expect(JSON.stringify(await replayed(message, 'gemini-2.5-flash'))).not.toContain('thoughtSignature')
  })

  it('of one generation of models are not shown to another', async () => {
    const contents = JSON.stringify(await replayed(await answered(), 'gemini-4-pro'))
    expect(contents).toContain(skip)
    expect(contents).not.toContain('c2lnMQ==')
  })

  it('belong to the service that made them: what Vertex wrote is not replayed to the Gemini API', async () => {
    const adapter = vertex({ fetch: wire(json(says(signed))).fetch })
    const { choices } = await adapter.complete(callOf({ tools }))
    expect(adapter.stateOwner).toBe('vertex')
    expect(choices[0]?.message).toMatchObject({ provider_state: { provider: 'vertex' } })
    expect(JSON.stringify(await replayed(JSON.parse(JSON.stringify(choices[0]?.message))))).not.toContain('c2lnMQ==')
  })

  it('are not replayed for a message that was edited since', async () => {
    const edited = { ...(await answered()), content: 'Something else.' }
    expect(await replayed(edited)).toMatchObject([
      {},
      { parts: [{ text: 'Something else.' }, { functionCall: { id: 'n1' }, thoughtSignature: 'c2lnMQ==' }, {}] },
      {},
    ])
  })

  it('keep a call without an id without one, also in its result', async () => {
    const { choices } = await completionOf(says([{ functionCall: { name: 'f', args: {} }, thoughtSignature: 'c2ln' }]), { tools })
    const message = choices[0]?.message
    const id = message?.tool_calls?.[0]?.id ?? ''
    expect(id).toMatch(/^call_/)
    const { contents } = await bodyOf({
      messages: [
        { role: 'user', content: 'Hi' },
        JSON.parse(JSON.stringify(message)),
        { role: 'tool', tool_call_id: id, content: '1' },
      ],
    })
    expect(contents).toEqual([
      { role: 'user', parts: [{ text: 'Hi' }] },
      { role: 'model', parts: [{ functionCall: { name: 'f', args: {} }, thoughtSignature: 'c2ln' }] },
      { role: 'user', parts: [{ functionResponse: { name: 'f', response: { output: '1' } } }] },
    ])
  })

  it('stay with the one call that is handed over under parallel_tool_calls: false', async () => {
    const { choices } = await completionOf(says(signed), { tools, parallel_tool_calls: false })
    expect(choices[0]?.message.tool_calls).toHaveLength(1)
    expect(choices[0]?.message).toMatchObject({ provider_state: { blocks: signed.slice(0, 3) } })
    const chunks = await chunksOf(sse([piece(signed.slice(0, 3)), says(signed.slice(3))]), { tools, parallel_tool_calls: false })
    expect(chunks.flatMap(({ choices: [choice] }) => choice?.delta.tool_calls ?? []).map(({ index }) => index)).toEqual([0, 0])
  })
})

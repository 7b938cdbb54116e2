import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { vendorSimulator } from '../../src/testing/index.ts'
import type { SimulatedVendor, VendorSimulator } from '../../src/testing/index.ts'

type Json = Readonly<Record<string, unknown>>

let simulator: VendorSimulator
beforeAll(async () => {
  simulator = await vendorSimulator()
})
afterAll(async () => simulator.close())

/** Where a body of this vendor goes. */
const paths: Partial<Record<SimulatedVendor, (model: string) => string>> = {
  openai: () => '/v1/chat/completions',
  azure: () => '/openai/v1/chat/completions',
  anthropic: () => '/v1/messages',
  google: (model) => `/v1beta/models/${model}:generateContent`,
  mistral: () => '/v1/chat/completions',
  bedrock: (model) => `/model/${model}/converse`,
  xai: () => '/v1/chat/completions',
  deepseek: () => '/chat/completions',
  groq: () => '/openai/v1/chat/completions',
  openrouter: () => '/api/v1/chat/completions',
  cohere: () => '/v2/chat',
  perplexity: () => '/v1/responses',
}

interface Sending {
  readonly vendor: SimulatedVendor
  readonly model: string
  readonly body: Json
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
}

async function post({ vendor, model, body, path, headers }: Sending): Promise<{ readonly status: number; readonly text: string }> {
  const inPath = vendor === 'google' || vendor === 'bedrock'
  const response = await fetch(`${simulator.url}/${vendor}${path ?? paths[vendor]?.(model) ?? ''}`, {
    method: 'POST',
    headers: {
      authorization: 'Bearer any',
      'anthropic-version': '2026-10-21',
      ...headers,
    },
    body: JSON.stringify(inPath ? body : { model, ...body }),
  })
  return { status: response.status, text: await response.text() }
}

const user = { role: 'user', content: 'Hi' }
const tool = { type: 'function', function: { name: 'f', parameters: { type: 'object' } } }
const calling = (id: string, more: Json = {}) => ({
  role: 'assistant',
  content: '',
  tool_calls: [{ id, type: 'function', function: { name: 'f', arguments: '{}' } }],
  ...more,
})
const result = (id: string) => ({ role: 'tool', tool_call_id: id, content: 'x' })
const chat = (...messages: readonly Json[]): Json => ({ messages, tools: [tool] })

// Anthropic
const block = { type: 'tool_use', id: 'a', name: 'f', input: {} }
const answer = { type: 'tool_result', tool_use_id: 'a', content: 'x' }
const claude = (...turns: readonly (readonly Json[])[]): Json => ({
  max_tokens: 4000,
  tools: [{ name: 'f', input_schema: { type: 'object' } }],
  messages: [user, ...turns.map((content, index) => ({ role: index % 2 === 0 ? 'assistant' : 'user', content }))],
})
const thought = { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' }
const enabled = { thinking: { type: 'enabled', budget_tokens: 1024 } }

// Gemini
const hello = { role: 'user', parts: [{ text: 'Hi' }] }
const functionCall = { functionCall: { name: 'f', args: {}, id: 'a' }, thoughtSignature: 'c2ln' }
const functionResponse = { functionResponse: { name: 'f', response: { output: 'x' }, id: 'a' } }
const gemini = (...turns: readonly (readonly Json[])[]): Json => ({
  contents: [hello, ...turns.map((parts, index) => ({ role: index % 2 === 0 ? 'model' : 'user', parts }))],
})

// Bedrock
const toolUse = { toolUse: { toolUseId: 'a', name: 'f', input: {} } }
const toolResult = { toolResult: { toolUseId: 'a', content: [{ text: 'x' }] } }
const toolConfig = { tools: [{ toolSpec: { name: 'f', inputSchema: { json: { type: 'object' } } } }] }
const converse = (...turns: readonly (readonly Json[])[]): Json => ({
  toolConfig,
  messages: [[{ text: 'Hi' }], ...turns].map((content, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', content })),
})
const reasoned = { reasoningContent: { reasoningText: { text: 'Hm.', signature: 'c2ln' } } }

// Responses
const item = { type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' }
const output = { type: 'function_call_output', call_id: 'a', output: 'x' }
const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'encrypted:aG0=' }
const responses = '/v1/responses'

interface Rule {
  readonly rule: string
  readonly vendor: SimulatedVendor
  readonly model: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly wrong: Json
  readonly says: RegExp
  /** The same without the fault. */
  readonly right: Json
}

const at = (vendor: SimulatedVendor, model: string, path?: string) => ({ vendor, model, ...(path !== undefined && { path }) })
const sonnet = at('anthropic', 'claude-sonnet-5-5')
const haiku = at('anthropic', 'claude-haiku-4-5')
const flash = at('google', 'gemini-3.8-flash')
const onBedrock = at('bedrock', 'us.anthropic.claude-haiku-4-5')
const medium = at('mistral', 'mistral-medium-latest')
const v4 = at('deepseek', 'deepseek-v4-pro')
const luna = at('openai', 'gpt-6-luna', responses)

/** The rules of history, one wrong body and one right body each. */
const rules: readonly Rule[] = [
  ...(['openai', 'azure', 'groq', 'openrouter'] as const).map((vendor) => ({
    ...at(vendor, 'gpt-4o'),
    rule: 'every call has its result',
    wrong: chat(user, calling('a'), user),
    says: /must be followed by tool messages/,
    right: chat(user, calling('a'), result('a'), user),
  })),
  {
    ...at('openai', 'gpt-4o'),
    rule: 'every result has its call',
    wrong: chat(user, result('a')),
    says: /must be a response to a preceeding message with 'tool_calls'/,
    right: chat(user, calling('a'), result('a')),
  },
  ...(['openai', 'azure'] as const).map((vendor) => ({
    ...at(vendor, 'gpt-4o'),
    rule: 'a message has no fields but its own',
    wrong: chat(user, { role: 'assistant', content: 'x', provider_state: {} }, user),
    says: /Unknown parameter: 'messages\[1\]\.provider_state'/,
    right: chat(user, { role: 'assistant', content: 'x' }, user),
  })),
  {
    ...at('openai', 'gpt-4o'),
    rule: 'nor has a call',
    wrong: chat(user, { ...calling('a'), tool_calls: [{ ...calling('a').tool_calls[0], extra_content: {} }] }, result('a')),
    says: /Unknown parameter: 'messages\[1\]\.tool_calls\[0\]\.extra_content'/,
    right: chat(user, calling('a'), result('a')),
  },
  {
    ...luna,
    rule: 'every item has its result',
    wrong: { input: [item] },
    says: /No tool output found/,
    right: { input: [item, output] },
  },
  {
    ...luna,
    rule: 'every result its item',
    wrong: { input: [output] },
    says: /No tool call found/,
    right: { input: [item, output] },
  },
  {
    ...luna,
    rule: 'reasoning stands before what came of it',
    wrong: { input: [user, item, reasoning, output] },
    says: /of type 'reasoning' was provided without its required following item/,
    right: { input: [user, reasoning, item, output] },
  },
  {
    ...luna,
    rule: 'reasoning is sent back encrypted',
    wrong: { input: [{ ...reasoning, encrypted_content: undefined }, item, output] },
    says: /Items are not persisted when `store` is set to false/,
    right: { input: [reasoning, item, output] },
  },
  {
    ...luna,
    rule: 'and by its owner alone',
    wrong: { input: [{ ...reasoning, encrypted_content: 'c2ln' }, item, output] },
    says: /could not be verified/,
    right: { input: [reasoning, item, output] },
  },
  {
    ...luna,
    rule: 'an item has no fields but its own',
    wrong: { input: [{ ...item, thought_signature: 's' }, output] },
    says: /Unknown parameter: 'input\[0\]\.thought_signature'/,
    right: { input: [item, output] },
  },
  {
    ...sonnet,
    rule: 'every call has its result in the next turn',
    wrong: claude([block], [{ type: 'text', text: 'so?' }]),
    says: /`tool_use` ids were found without `tool_result` blocks immediately after: a/,
    right: claude([block], [answer]),
  },
  {
    ...sonnet,
    rule: 'results stand first in their turn',
    wrong: claude([block], [{ type: 'text', text: 'so?' }, answer]),
    says: /`tool_use` ids were found without `tool_result` blocks immediately after/,
    right: claude([block], [answer, { type: 'text', text: 'so?' }]),
  },
  {
    ...sonnet,
    rule: 'every result has its call',
    wrong: claude([{ type: 'text', text: 'No.' }], [answer]),
    says: /unexpected `tool_use_id` found in `tool_result` blocks/,
    right: claude([block], [answer]),
  },
  {
    ...sonnet,
    rule: 'no two calls have one id',
    wrong: claude([block], [answer], [block], [answer]),
    says: /`tool_use` ids must be unique/,
    right: claude([block], [answer], [{ ...block, id: 'b' }], [{ ...answer, tool_use_id: 'b' }]),
  },
  {
    ...sonnet,
    rule: 'an id has no other characters',
    wrong: claude([{ ...block, id: 'f:0' }], [{ ...answer, tool_use_id: 'f:0' }]),
    says: /tool_use\.id: String should match pattern/,
    right: claude([block], [answer]),
  },
  {
    ...sonnet,
    rule: 'thinking comes back signed',
    wrong: claude([{ ...thought, signature: undefined }, block], [answer]),
    says: /thinking\.signature: Field required/,
    right: claude([thought, block], [answer]),
  },
  {
    ...haiku,
    rule: 'with a budget a step begins with its thinking',
    wrong: { ...claude([block], [answer]), ...enabled },
    says: /Expected `thinking` or `redacted_thinking`, but found `tool_use`/,
    right: { ...claude([thought, block], [answer]), ...enabled },
  },
  {
    ...haiku,
    rule: 'with a budget no call is forced',
    wrong: { ...claude(), ...enabled, tool_choice: { type: 'any' } },
    says: /Thinking may not be enabled when tool_choice forces tool use/,
    right: { ...claude(), ...enabled, tool_choice: { type: 'auto' } },
  },
  {
    ...sonnet,
    rule: 'thinking cannot be switched off',
    wrong: { ...claude(), thinking: { type: 'disabled' } },
    says: /thinking\.type\.disabled.* is not supported for this model/,
    right: { ...claude(), thinking: { type: 'adaptive' } },
  },
  {
    ...sonnet,
    headers: { 'anthropic-beta': 'thinking-binding-controls-2026-08-01' },
    rule: 'what becomes of thinking can be said where there is some',
    wrong: { ...claude(), thinking: { type: 'between_tools', block_binding: {} } },
    says: /thinking\.between_tools\.block_binding: Extra inputs are not permitted/,
    right: { ...claude(), thinking: { type: 'adaptive', block_binding: {} } },
  },
  {
    ...sonnet,
    rule: 'a message has no fields but its own',
    wrong: { ...claude(), messages: [{ ...user, provider_state: {} }] },
    says: /messages\.0\.provider_state: Extra inputs are not permitted/,
    right: claude(),
  },
  {
    ...flash,
    rule: 'results follow their calls at once',
    wrong: gemini([{ text: 'No.' }], [functionResponse]),
    says: /function response turn comes immediately after a function call turn/,
    right: gemini([functionCall], [functionResponse]),
  },
  {
    ...flash,
    rule: 'as many results as calls',
    wrong: gemini([functionCall, functionCall], [functionResponse]),
    says: /number of function response parts is equal to the number of function call parts/,
    right: gemini([functionCall, functionCall], [functionResponse, functionResponse]),
  },
  {
    ...flash,
    rule: 'calls follow the user or results',
    wrong: {
      contents: [
        hello,
        { role: 'model', parts: [{ text: 'I call.' }] },
        { role: 'model', parts: [functionCall] },
        { role: 'user', parts: [functionResponse] },
      ],
    },
    says: /function call turn comes immediately after a user turn or after a function response turn/,
    right: gemini([{ text: 'I call.' }, functionCall], [functionResponse]),
  },
  {
    ...flash,
    rule: 'results have the name of their function',
    wrong: gemini([functionCall], [{ functionResponse: { response: { output: 'x' } } }]),
    says: /function_response\.name: Name cannot be empty/,
    right: gemini([functionCall], [functionResponse]),
  },
  {
    ...flash,
    rule: 'results are objects',
    wrong: gemini([functionCall], [{ functionResponse: { name: 'f', response: 'x' } }]),
    says: /protobuf\.Struct/,
    right: gemini([functionCall], [functionResponse]),
  },
  {
    ...flash,
    rule: 'the first call of a step brings its signature back',
    wrong: gemini([{ functionCall: functionCall.functionCall }], [functionResponse]),
    says: /missing a thought_signature in functionCall parts/,
    right: gemini([{ ...functionCall, thoughtSignature: 'skip_thought_signature_validator' }], [functionResponse]),
  },
  {
    ...medium,
    rule: 'ids have nine letters and digits',
    wrong: chat(user, calling('call_1'), result('call_1')),
    says: /Tool call id was call_1 but must be a-z, A-Z, 0-9, with a length of 9/,
    right: chat(user, calling('abcdef123'), result('abcdef123')),
  },
  {
    ...medium,
    rule: 'as many results as calls',
    wrong: chat(user, calling('abcdef123'), user),
    says: /Not the same number of function calls and responses|Unexpected role/,
    right: chat(user, calling('abcdef123'), result('abcdef123')),
  },
  {
    ...medium,
    rule: 'no user speaks between result and answer',
    wrong: chat(user, calling('abcdef123'), result('abcdef123'), user),
    says: /Unexpected role 'user' after role 'tool'/,
    right: chat(user, calling('abcdef123'), result('abcdef123'), { role: 'assistant', content: 'x' }, user),
  },
  {
    ...medium,
    rule: 'an answer says something',
    wrong: chat(user, { role: 'assistant', content: '' }, user),
    says: /Assistant message must have either content or tool_calls/,
    right: chat(user, { role: 'assistant', content: 'x' }, user),
  },
  {
    ...medium,
    rule: 'the last word is not the assistant’s',
    wrong: chat(user, { role: 'assistant', content: 'x' }),
    says: /Expected last role User or Tool/,
    right: chat(user),
  },
  {
    ...medium,
    rule: 'a message has no fields but its own',
    wrong: chat(user, { role: 'assistant', content: 'x', reasoning_content: 'Hm.' }, user),
    says: /extra_forbidden.*reasoning_content|reasoning_content.*extra_forbidden/s,
    right: chat(user, { role: 'assistant', content: 'x' }, user),
  },
  {
    ...onBedrock,
    rule: 'roles take turns',
    wrong: { ...converse(), messages: [1, 2].map(() => ({ role: 'user', content: [{ text: 'Hi' }] })) },
    says: /must alternate between user and assistant roles/,
    right: converse(),
  },
  {
    ...onBedrock,
    rule: 'text comes before calls',
    wrong: converse([toolUse, { text: 'I call.' }], [toolResult]),
    says: /Text must precede tool use/,
    right: converse([{ text: 'I call.' }, toolUse], [toolResult]),
  },
  {
    ...onBedrock,
    rule: 'calls need tools',
    wrong: { messages: converse([toolUse], [toolResult])['messages'] },
    says: /toolConfig field must be defined when using toolUse and toolResult/,
    right: converse([toolUse], [toolResult]),
  },
  {
    ...onBedrock,
    rule: 'every call has its result',
    wrong: converse([toolUse], [{ text: 'so?' }]),
    says: /Expected toolResult blocks at messages\.2\.content for the Ids: a/,
    right: converse([toolUse], [toolResult]),
  },
  {
    ...onBedrock,
    rule: 'every result has its call',
    wrong: converse([{ text: 'No.' }], [toolResult]),
    says: /number of toolResult blocks at messages\.2\.content exceeds the number of toolUse blocks/,
    right: converse([toolUse], [toolResult]),
  },
  {
    ...onBedrock,
    rule: 'text is not blank',
    wrong: converse([{ text: ' ' }], [{ text: 'so?' }]),
    says: /The text field in the ContentBlock object at messages\.1\.content\.0 is blank/,
    right: converse([{ text: 'x' }], [{ text: 'so?' }]),
  },
  {
    ...onBedrock,
    rule: 'reasoning comes back signed',
    wrong: converse([{ reasoningContent: { reasoningText: { text: 'Hm.' } } }, toolUse], [toolResult]),
    says: /thinking\.signature: Field required/,
    right: converse([reasoned, toolUse], [toolResult]),
  },
  {
    ...onBedrock,
    rule: 'with a budget a step begins with its thinking',
    wrong: { ...converse([toolUse], [toolResult]), additionalModelRequestFields: enabled },
    says: /Expected `thinking` or `redacted_thinking`, but found `tool_use`/,
    right: { ...converse([reasoned, toolUse], [toolResult]), additionalModelRequestFields: enabled },
  },
  {
    ...at('bedrock', 'mistral.mistral-large-2407-v1:0'),
    rule: 'ids of Mistral’s have nine letters and digits there too',
    wrong: converse([toolUse], [toolResult]),
    says: /toolUseId.*failed to satisfy constraint/,
    right: converse(
      [{ toolUse: { ...toolUse.toolUse, toolUseId: 'abcdef123' } }],
      [{ toolResult: { ...toolResult.toolResult, toolUseId: 'abcdef123' } }],
    ),
  },
  {
    ...at('xai', 'grok-4.6'),
    rule: 'every call has its result',
    wrong: chat(user, calling('a'), user),
    says: /Each tool call must have exactly one tool result/,
    right: chat(user, calling('a'), result('a')),
  },
  {
    ...at('xai', 'grok-4.6'),
    rule: 'functions describe their parameters',
    wrong: { messages: [user], tools: [{ type: 'function', function: { name: 'f' } }] },
    says: /missing field `parameters`/,
    right: chat(user),
  },
  {
    ...v4,
    rule: 'with tools thinking comes back in every turn',
    wrong: chat(user, calling('a'), result('a')),
    says: /The `reasoning_content` in the thinking mode must be passed back to the API/,
    right: chat(user, calling('a', { reasoning_content: '' }), result('a')),
  },
  {
    ...at('deepseek', 'deepseek-reasoner'),
    rule: 'the first reasoning model takes none back',
    wrong: chat(user, { role: 'assistant', content: 'x', reasoning_content: 'Hm.' }, user),
    says: /reasoning_content is not allowed/,
    right: chat(user, { role: 'assistant', content: 'x' }, user),
  },
  {
    ...at('groq', 'openai/gpt-oss-120b'),
    rule: 'a message has no fields but its own',
    wrong: chat(user, { role: 'assistant', content: 'x', reasoning_content: 'Hm.' }, user),
    says: /property 'reasoning_content' is unsupported/,
    right: chat(user, { role: 'assistant', content: 'x', reasoning: 'Hm.' }, user),
  },
  {
    ...at('openrouter', 'openai/gpt-oss-120b'),
    rule: 'what was signed is as it was',
    wrong: chat(
      user,
      { role: 'assistant', content: 'x', reasoning_details: [{ type: 'reasoning.text', text: 'Hm.', signature: 's' }] },
      user,
    ),
    says: /Invalid signature in thinking block/,
    right: chat(user, { role: 'assistant', content: 'x', reasoning_details: [] }, user),
  },
  {
    ...at('cohere', 'command-a-03-2025'),
    rule: 'every call has its result',
    wrong: chat(user, calling('a'), user),
    says: /all tool calls must have a result/,
    right: chat(user, calling('a'), result('a')),
  },
  {
    ...at('cohere', 'command-a-03-2025'),
    rule: 'every result has its call',
    wrong: chat(user, result('a')),
    says: /is the result of no tool call/,
    right: chat(user, calling('a'), result('a')),
  },
  {
    ...at('perplexity', 'perplexity/sonar'),
    rule: 'an item has no fields but its own',
    wrong: { input: [{ ...item, id: 'fc_1' }, output] },
    says: /unknown field \\?"id\\?"/,
    right: { input: [item, output] },
  },
]

describe('the simulator as a strict reader of history', () => {
  it.each(rules)('$vendor: $rule', async ({ wrong, right, says, ...sending }) => {
    const refusal = await post({ ...sending, body: wrong })
    expect(refusal.text).toMatch(says)
    expect(refusal.status).toBeGreaterThanOrEqual(400)
    expect(refusal.status).toBeLessThan(500)
    const accepted = await post({ ...sending, body: right })
    expect(accepted.text).not.toMatch(says)
    expect(accepted.status).toBe(200)
  })
})

/** What a vendor answers with thinking in it, ready to be sent back. */
async function thoughtOf({ vendor, model }: Pick<Rule, 'vendor' | 'model'>, body: Json): Promise<Json> {
  simulator.queue(vendor, { reasoning: 'Hm.', text: 'Yes.' })
  const { text } = await post({ vendor, model, body })
  const whole: unknown = JSON.parse(text)
  const found = vendor === 'bedrock' ? read(whole, 'output', 'message', 'content', 0) : read(whole, 'content', 0)
  if (typeof found !== 'object' || found === null) throw new Error(`no thought in ${text}`)
  return { ...found }
}

function read(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (here, step) => (typeof here === 'object' && here !== null ? Reflect.get(here, step) : undefined),
    value,
  )
}

describe('the simulator as the reader of its own signatures', () => {
  const opus = at('anthropic', 'claude-opus-5-5')
  const more = [{ type: 'text', text: 'And?' }]
  const said = { type: 'text', text: 'Yes.' }

  it('Claude: a thought is as it was, and Claude’s', async () => {
    const own = await thoughtOf(opus, claude())
    const geminis = Buffer.from('simulated:gemini:x').toString('base64')
    expect((await post({ ...opus, body: claude([own, said], more) })).status).toBe(200)
    for (const forged of [
      { ...own, thinking: 'Ha.' },
      { ...own, signature: geminis },
      { ...own, signature: '' },
    ]) {
      const { text } = await post({ ...opus, body: claude([forged, said], more) })
      expect(text).toMatch(/messages\.1\.content\.0: Invalid `signature` in `thinking` block"/)
    }
  })

  it.each([
    ['other instructions', { system: 'Be brief.' }],
    ['other tools', { tools: [] }],
    ['another message before', { messages: [{ role: 'user', content: 'Ho' }] }],
  ])('Claude: thoughts are bound to what stood before them: %s', async (_, change) => {
    const own = await thoughtOf(opus, claude())
    const body: Json = claude([own, said], more)
    const first = read(change, 'messages', 0)
    const changed =
      first === undefined ? { ...body, ...change } : { ...body, messages: [first, ...listOf(body['messages']).slice(1)] }
    expect((await post({ ...opus, body: changed })).text).toMatch(/The block is bound to a different conversation/)
    const thinking = { type: 'adaptive', block_binding: { prefix_mismatch_behavior: 'drop_block' } }
    const headers = { 'anthropic-beta': 'thinking-binding-controls-2026-08-01' }
    expect((await post({ ...opus, headers, body: { ...changed, thinking } })).status).toBe(200)
    // Older models do not look.
    expect((await post({ ...at('anthropic', 'claude-opus-5'), body: changed })).status).toBe(200)
  })

  it('Claude: what becomes of thinking that no longer fits is said behind a beta', async () => {
    const body = { ...claude(), thinking: { type: 'adaptive', block_binding: {} } }
    expect((await post({ ...opus, body })).text).toMatch(/thinking\.adaptive\.block_binding: Extra inputs are not permitted/)
  })

  it('Claude on Bedrock: the same', async () => {
    const there = at('bedrock', 'us.anthropic.claude-opus-5-5')
    const own = await thoughtOf(there, converse())
    const body = converse([own, { text: 'Yes.' }], [{ text: 'And?' }])
    expect((await post({ ...there, body })).status).toBe(200)
    expect((await post({ ...there, body: { ...body, system: [{ text: 'Be brief.' }] } })).text).toMatch(
      /bound to a different conversation/,
    )
    const changed = converse(
      [{ reasoningContent: { reasoningText: { text: 'Hm.', signature: '' } } }, { text: 'Yes.' }],
      [{ text: 'And?' }],
    )
    expect((await post({ ...there, body: changed })).text).toMatch(/Invalid `signature` in `thinking` block/)
  })

  it('Gemini: only its own signatures and the words that stand for them', async () => {
    const claudes = Buffer.from('simulated:claude:x').toString('base64')
    expect((await post({ ...flash, body: signedBy(claudes) })).text).toMatch(/Corrupted thought signature/)
    for (const word of ['skip_thought_signature_validator', 'context_engineering_is_the_way_to_go']) {
      expect((await post({ ...flash, body: signedBy(word) })).status).toBe(200)
    }
  })
})

function signedBy(thoughtSignature: string): Json {
  return gemini([{ ...functionCall, thoughtSignature }], [functionResponse])
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

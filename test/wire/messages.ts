import { drops, on, refuses, sends } from './cells.ts'
import type { Asked, Fields, Row } from './cells.ts'
import { forms, functions } from './tool-forms.ts'
import { llama, told } from './prompts.ts'

type Messages = NonNullable<Asked['messages']>

const instructed: Messages = [
  { role: 'system', content: 'Be brief.' },
  { role: 'developer', content: 'Be kind.' },
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: 'Yes?' },
  { role: 'system', content: 'Now be long.' },
  {
    role: 'user',
    content: [
      { type: 'text', text: 'Go' },
      { type: 'text', text: 'on' },
    ],
  },
]
const [system, , user, assistant, late, goOn] = instructed
const spoken = (role: string, ...texts: readonly string[]) => ({
  type: 'message',
  role,
  content: texts.map((text) => ({ type: role === 'assistant' ? 'output_text' : 'input_text', text })),
})
const said = (role: string, content: string) => ({ type: 'message', role, content })
const block = (text: string) => ({ type: 'text', text })
const gemini = {
  contents: [
    { role: 'user', parts: [{ text: 'Hi' }] },
    { role: 'model', parts: [{ text: 'Yes?' }] },
    { role: 'user', parts: [{ text: 'Go' }, { text: 'on' }] },
  ],
  systemInstruction: { parts: [{ text: 'Be brief.' }, { text: 'Be kind.' }, { text: 'Now be long.' }] },
}

const called: Messages = [
  { role: 'user', content: 'Weather?' },
  {
    role: 'assistant',
    content: 'I look.',
    tool_calls: [
      { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
      { id: 'call_2', type: 'function', function: { name: 'clock', arguments: '' } },
    ],
  },
  { role: 'tool', tool_call_id: 'call_1', content: 'rain' },
  { role: 'tool', tool_call_id: 'call_2', content: '12:30' },
]
const [asks] = called
/** The turn with calls as most servers want it, by ids and with what else the turn has. */
const turn = ([first, second]: readonly [string, string], more: object = {}): readonly object[] => [
  { ...asks },
  {
    role: 'assistant',
    content: 'I look.',
    tool_calls: [
      { id: first, type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
      { id: second, type: 'function', function: { name: 'clock', arguments: '{}' } },
    ],
    ...more,
  },
  { role: 'tool', tool_call_id: first, content: 'rain' },
  { role: 'tool', tool_call_id: second, content: '12:30' },
]
const plainIds = ['call_1', 'call_2'] as const
// Nine letters and digits, the same for the same id.
const mistralTurn = turn(['l4ajOePN9', '4DLqkIf93'])
const items = (message: (role: string, text: string) => object): readonly object[] => [
  message('user', 'Weather?'),
  message('assistant', 'I look.'),
  { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' },
  { type: 'function_call', call_id: 'call_2', name: 'clock', arguments: '{}' },
  { type: 'function_call_output', call_id: 'call_1', output: 'rain' },
  { type: 'function_call_output', call_id: 'call_2', output: '12:30' },
]
const claudeTurn = [
  { role: 'user', content: [block('Weather?')] },
  {
    role: 'assistant',
    content: [
      block('I look.'),
      { type: 'tool_use', id: 'call_1', name: 'weather', input: { city: 'Oslo' } },
      { type: 'tool_use', id: 'call_2', name: 'clock', input: {} },
    ],
  },
  {
    role: 'user',
    content: [
      { type: 'tool_result', tool_use_id: 'call_1', content: 'rain' },
      { type: 'tool_result', tool_use_id: 'call_2', content: '12:30' },
    ],
  },
]
/** From generation 3 on a call of another vendor's is let through by the word that the vendor gives for that. */
const geminiTurn = (signature: Fields, ids: boolean): Fields => ({
  contents: [
    { role: 'user', parts: [{ text: 'Weather?' }] },
    {
      role: 'model',
      parts: [
        { text: 'I look.' },
        { functionCall: { ...(ids && { id: 'call_1' }), name: 'weather', args: { city: 'Oslo' } }, ...signature },
        { functionCall: { ...(ids && { id: 'call_2' }), name: 'clock', args: {} } },
      ],
    },
    {
      role: 'user',
      parts: [
        { functionResponse: { ...(ids && { id: 'call_1' }), name: 'weather', response: { output: 'rain' } } },
        { functionResponse: { ...(ids && { id: 'call_2' }), name: 'clock', response: { output: '12:30' } } },
      ],
    },
  ],
})
const skipping = geminiTurn({ thoughtSignature: 'skip_thought_signature_validator' }, true)
const bedrockTurn = [
  { role: 'user', content: [{ text: 'Weather?' }] },
  {
    role: 'assistant',
    content: [
      { text: 'I look.' },
      { toolUse: { toolUseId: 'call_1', name: 'weather', input: { city: 'Oslo' } } },
      { toolUse: { toolUseId: 'call_2', name: 'clock', input: {} } },
    ],
  },
  {
    role: 'user',
    content: [
      { toolResult: { toolUseId: 'call_1', content: [{ text: 'rain' }] } },
      { toolResult: { toolUseId: 'call_2', content: [{ text: '12:30' }] } },
    ],
  },
]
/** It wants tools named that were called, also where nothing can be called any more. */
const stub = (name: string) => ({
  toolSpec: {
    name,
    description: 'Was used earlier in this conversation and cannot be called any more.',
    inputSchema: { json: { type: 'object', properties: {} } },
  },
})

/** Who said what, and what was called. */
export const messages: readonly Row[] = [
  {
    name: 'system and developer, at the beginning and later',
    request: { messages: instructed },
    cells: {
      openai: [
        sends({ messages: [system, { role: 'system', content: 'Be kind.' }, user, assistant, late, goOn] }),
        on(
          'gpt-6-luna',
          sends({
            messages: instructed.map((message) => (message.role === 'system' ? { ...message, role: 'developer' } : message)),
          }),
        ),
      ],
      'openai responses': sends({
        input: [
          spoken('developer', 'Be brief.'),
          spoken('developer', 'Be kind.'),
          spoken('user', 'Hi'),
          spoken('assistant', 'Yes?'),
          spoken('developer', 'Now be long.'),
          spoken('user', 'Go', 'on'),
        ],
      }),
      azure: sends({ messages: [system, { role: 'system', content: 'Be kind.' }, user, assistant, late, goOn] }),
      anthropic: [
        // In its new version of the API a later instruction stands behind the turn that it is for.
        sends({
          system: [block('Be brief.'), block('Be kind.')],
          messages: [
            { role: 'user', content: [block('Hi')] },
            { role: 'assistant', content: [block('Yes?')] },
            { role: 'user', content: [block('Go'), block('on')] },
            { role: 'system', content: [block('Now be long.')] },
          ],
        }),
        on(
          'claude-haiku-4-5',
          sends({
            system: [block('Be brief.'), block('Be kind.'), block('Now be long.')],
            messages: [
              { role: 'user', content: [block('Hi')] },
              { role: 'assistant', content: [block('Yes?')] },
              { role: 'user', content: [block('Go'), block('on')] },
            ],
          }),
        ),
      ],
      google: [
        sends(gemini),
        // It knows no instructions: they are what the user says first.
        on(
          'gemma-3-27b-it',
          sends({
            contents: [
              { role: 'user', parts: [{ text: 'Be brief.' }, { text: 'Be kind.' }, { text: 'Now be long.' }, { text: 'Hi' }] },
              ...gemini.contents.slice(1),
            ],
          }),
        ),
      ],
      vertex: sends(gemini),
      mistral: sends({ messages: [system, { role: 'system', content: 'Be kind.' }, late, user, assistant, goOn] }),
      bedrock: sends({
        system: [{ text: 'Be brief.' }, { text: 'Be kind.' }, { text: 'Now be long.' }],
        messages: [
          { role: 'user', content: [{ text: 'Hi' }] },
          { role: 'assistant', content: [{ text: 'Yes?' }] },
          { role: 'user', content: [{ text: 'Go' }, { text: 'on' }] },
        ],
      }),
      xai: sends({ messages: [system, { role: 'system', content: 'Be kind.' }, user, assistant, late, goOn] }),
      // Text is a string where there is nothing but text; every turn says what it thought, if only nothing.
      deepseek: sends({
        messages: [
          system,
          { role: 'system', content: 'Be kind.' },
          user,
          { role: 'assistant', content: 'Yes?', reasoning_content: '' },
          late,
          { role: 'user', content: 'Go\non' },
        ],
      }),
      perplexity: sends({
        input: [
          said('system', 'Be brief.'),
          said('developer', 'Be kind.'),
          said('user', 'Hi'),
          said('assistant', 'Yes?'),
          said('system', 'Now be long.'),
          spoken('user', 'Go', 'on'),
        ],
      }),
      replicate: sends(
        llama(
          {},
          ['system', 'Be brief.'],
          ['system', 'Be kind.'],
          ['user', 'Hi'],
          ['assistant', 'Yes?'],
          ['system', 'Now be long.'],
          ['user', 'Goon'],
        ),
      ),
      'm365-copilot': sends({
        message: { text: 'Go\non' },
        additionalContext: [
          {
            description: 'Instructions to follow in the answer, from the application: a JSON list of messages.',
            text: '[{"role":"system","content":"Be brief."},{"role":"system","content":"Be kind."}]',
          },
          {
            description: 'The conversation so far, oldest first: a JSON list of messages.',
            text: '[{"role":"user","content":"Hi"},{"role":"assistant","content":"Yes?"},{"role":"system","content":"Now be long."}]',
          },
        ],
      }),
      'github-copilot': sends({
        systemMessage: { mode: 'replace', content: 'Be brief.\n\nBe kind.' },
        prompt: told(
          { role: 'user', content: 'Hi' },
          { role: 'assistant', content: 'Yes?' },
          { role: 'system', content: 'Now be long.' },
          { role: 'user', content: 'Goon' },
        ),
      }),
    },
  },
  {
    name: 'messages[].name',
    request: { messages: [{ role: 'user', name: 'ada', content: 'Hi' }] },
    cells: {
      openai: sends({ messages: [{ role: 'user', name: 'ada', content: 'Hi' }] }),
      'openai responses': drops('messages[].name'),
      azure: sends({ messages: [{ role: 'user', name: 'ada', content: 'Hi' }] }),
      anthropic: drops('messages[].name'),
      google: drops('messages[].name'),
      vertex: drops('messages[].name'),
      mistral: drops('messages[].name'),
      bedrock: drops('messages[].name'),
      xai: sends({ messages: [{ role: 'user', name: 'ada', content: 'Hi' }] }),
      deepseek: sends({ messages: [{ role: 'user', name: 'ada', content: 'Hi' }] }),
      perplexity: drops('messages[].name'),
      replicate: drops('messages[].name'),
      'm365-copilot': drops('messages[].name'),
      'github-copilot': drops('messages[].name'),
    },
  },
  {
    name: 'assistant.tool_calls and their results',
    request: { messages: called, tools: functions },
    cells: {
      openai: [
        sends({ messages: called, tools: forms.chat }),
        on('gpt-6-luna', sends({ input: items(spoken), tools: forms.flat }, { as: 'openai responses' })),
      ],
      'openai responses': sends({ input: items(spoken), tools: forms.flat }),
      azure: sends({ messages: called, tools: forms.chat }),
      anthropic: sends({ messages: claudeTurn, tools: forms.claude }),
      google: [
        sends({ ...skipping, tools: forms.gemini }),
        on('gemini-2.5-flash', sends({ ...geminiTurn({}, true), tools: forms.gemini })),
      ],
      vertex: sends({ ...skipping, tools: forms.gemini }),
      mistral: sends({ messages: mistralTurn, tools: forms.described }),
      bedrock: sends({ messages: bedrockTurn, toolConfig: { tools: forms.bedrock } }),
      xai: sends({ messages: turn(plainIds), tools: forms.open }),
      deepseek: [
        sends({ messages: turn(plainIds, { reasoning_content: '' }), tools: forms.described }),
        on('deepseek-chat', sends({ messages: turn(plainIds), tools: forms.described })),
      ],
      perplexity: sends({ input: items(said), tools: forms.flat }),
      replicate: refuses('tools', /cannot call tools/),
      'm365-copilot': refuses('tools', /cannot call tools/),
      'github-copilot': sends({
        ...forms.session,
        prompt: told(
          { role: 'user', content: 'Weather?' },
          {
            role: 'assistant',
            content: 'I look.',
            tool_calls: [
              { id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' },
              { id: 'call_2', name: 'clock', arguments: '' },
            ],
          },
          { role: 'tool', content: 'rain', tool_call_id: 'call_1' },
          { role: 'tool', content: '12:30', tool_call_id: 'call_2' },
        ),
      }),
    },
  },
  {
    name: 'assistant.tool_calls without tools any more',
    request: { messages: called },
    cells: {
      openai: sends({ messages: called }),
      'openai responses': sends({ input: items(spoken) }),
      azure: sends({ messages: called }),
      anthropic: sends({ messages: claudeTurn }),
      google: sends(skipping),
      vertex: sends(skipping),
      mistral: sends({ messages: mistralTurn }),
      bedrock: sends({ messages: bedrockTurn, toolConfig: { tools: [stub('weather'), stub('clock')] } }),
      xai: sends({ messages: turn(plainIds) }),
      deepseek: sends({ messages: turn(plainIds, { reasoning_content: '' }) }),
      perplexity: sends({ input: items(said) }),
      replicate: sends(
        llama(
          {},
          ['user', 'Weather?'],
          ['assistant', 'I look.\n{"tool_calls":[{"name":"weather","arguments":{"city":"Oslo"}},{"name":"clock","arguments":""}]}'],
          ['user', '{"tool_result":{"name":"weather","content":"rain"}}'],
          ['user', '{"tool_result":{"name":"clock","content":"12:30"}}'],
        ),
      ),
      'm365-copilot': refuses('messages[3]', /must end with/),
      'github-copilot': sends({
        prompt: told(
          { role: 'user', content: 'Weather?' },
          {
            role: 'assistant',
            content: 'I look.',
            tool_calls: [
              { id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' },
              { id: 'call_2', name: 'clock', arguments: '' },
            ],
          },
          { role: 'tool', content: 'rain', tool_call_id: 'call_1' },
          { role: 'tool', content: '12:30', tool_call_id: 'call_2' },
        ),
      }),
    },
  },
]

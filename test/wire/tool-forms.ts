import type OpenAI from 'openai'

const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false }
const { additionalProperties: _, ...open } = parameters
const none = { type: 'object', properties: {} }
const weather = { name: 'weather', description: 'The weather.' }

/** Two functions, one of which has nothing to say of itself. */
export const functions: OpenAI.ChatCompletionTool[] = [
  { type: 'function', function: { ...weather, parameters } },
  { type: 'function', function: { name: 'clock' } },
]

/** The first of them, with a promise. */
export const strict: OpenAI.ChatCompletionTool[] = [{ type: 'function', function: { ...weather, parameters, strict: true } }]

const chatWeather = { type: 'function', function: { ...weather, parameters } }
const flatWeather = { type: 'function', ...weather, parameters, strict: false }
const claudeWeather = { ...weather, input_schema: parameters }
const geminiWeather = { ...weather, parametersJsonSchema: parameters }
const toolSpec = { ...weather, inputSchema: { json: parameters } }

/** Declared, and run by nobody. */
const declared = { skipPermission: true, overridesBuiltInTool: true, defer: 'never' }
const sessionWeather = { ...weather, parameters, ...declared }
const sessionClock = { name: 'clock', parameters: none, ...declared }
const ofSession = (...tools: readonly object[]) => ({ tools, availableTools: ['custom:*'], toolSearch: { enabled: false } })

/** The same two in every vendor's words. */
export const forms = {
  chat: functions,
  /** With parameters where there are none: most servers want that. */
  described: [chatWeather, { type: 'function', function: { name: 'clock', parameters: none } }],
  open: [
    { type: 'function', function: { ...weather, parameters: open } },
    { type: 'function', function: { name: 'clock', parameters: none } },
  ],
  flat: [flatWeather, { type: 'function', name: 'clock', parameters: none, strict: false }],
  claude: [claudeWeather, { name: 'clock', input_schema: none }],
  gemini: [{ functionDeclarations: [geminiWeather, { name: 'clock' }] }],
  bedrock: [{ toolSpec }, { toolSpec: { name: 'clock', description: 'clock', inputSchema: { json: none } } }],
  /** Of a schema's top level it knows type, properties and required. */
  nova: [
    { toolSpec: { ...weather, inputSchema: { json: open } } },
    { toolSpec: { name: 'clock', description: 'clock', inputSchema: { json: none } } },
  ],
  session: ofSession(sessionWeather, sessionClock),
  sessionClock: ofSession(sessionClock),
} as const

/** The strict one in every vendor's words. */
export const strictForms = {
  chat: strict,
  open: [{ type: 'function', function: { ...weather, parameters: open, strict: true } }],
  flat: [{ ...flatWeather, strict: true }],
  claude: [{ ...claudeWeather, strict: true }],
  gemini: [{ functionDeclarations: [geminiWeather] }],
  bedrock: [{ toolSpec: { ...toolSpec, strict: true } }],
  session: ofSession(sessionWeather),
} as const

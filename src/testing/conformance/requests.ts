import type OpenAI from 'openai'

/** Two functions, one without parameters. */
export const tools: OpenAI.ChatCompletionTool[] = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      description: 'The weather of a city.',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false },
    },
  },
  { type: 'function', function: { name: 'now', description: 'The time.', parameters: { type: 'object', properties: {} } } },
]

/** A conversation in which another provider made two calls at once; their ids are not of the vendor's form. */
export function toolConversation(ids: readonly [string, string]): OpenAI.ChatCompletionMessageParam[] {
  const [first, second] = ids
  return [
    { role: 'system', content: 'Answer briefly.' },
    { role: 'user', content: 'Weather in Oslo, and the time?' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        { id: first, type: 'function', function: { name: 'get_weather', arguments: '{"city":"Oslo"}' } },
        { id: second, type: 'function', function: { name: 'now', arguments: '{}' } },
      ],
    },
    { role: 'tool', tool_call_id: first, content: 'rain, 7 degrees' },
    { role: 'tool', tool_call_id: second, content: '12:30' },
  ]
}

/** One pixel. */
export const image =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

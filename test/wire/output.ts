import { drops, on, plain, refuses, sends } from './cells.ts'
import type { Row } from './cells.ts'
import { llama } from './prompts.ts'

const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false }
const named = { name: 'place', description: 'A place.', schema, strict: true }
const format = { type: 'json_schema', json_schema: named } as const
const inWords = 'Answer with one valid JSON object and nothing else: no code fence, no other text.'
const unguaranteed = refuses('response_format.json_schema', /cannot guarantee a schema/)
const place = { type: 'approximate', approximate: { city: 'Oslo', country: 'NO' } } as const
const flatPlace = { type: 'approximate', city: 'Oslo', country: 'NO' }
const search = [{ type: 'web_search', search_context_size: 'low', user_location: flatPlace }]
const noSearch = /nothing like it|does not search|no 'web_search_options'/
const speaks = /in text|nothing like it|'audio'/
const moderated = /nothing like it|no moderation|no 'moderation'/

/** What form the answer has, and what else comes with it. */
export const output: readonly Row[] = [
  {
    name: 'response_format text',
    request: { response_format: { type: 'text' } },
    cells: {
      openai: sends({ response_format: { type: 'text' } }),
      'openai responses': sends({ text: { format: { type: 'text' } } }),
      azure: sends({ response_format: { type: 'text' } }),
      anthropic: plain,
      google: plain,
      vertex: plain,
      mistral: plain,
      bedrock: plain,
      xai: sends({ response_format: { type: 'text' } }),
      deepseek: sends({ response_format: { type: 'text' } }),
      perplexity: plain,
      replicate: plain,
      'm365-copilot': plain,
      'github-copilot': plain,
    },
  },
  {
    name: 'response_format json_object',
    request: { response_format: { type: 'json_object' }, messages: [{ role: 'user', content: 'In JSON.' }] },
    cells: {
      openai: sends({ messages: [{ role: 'user', content: 'In JSON.' }], response_format: { type: 'json_object' } }),
      'openai responses': sends({
        input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'In JSON.' }] }],
        text: { format: { type: 'json_object' } },
      }),
      azure: sends({ messages: [{ role: 'user', content: 'In JSON.' }], response_format: { type: 'json_object' } }),
      // There is no JSON mode without a schema, here and at Bedrock.
      anthropic: sends({
        system: [{ type: 'text', text: inWords }],
        messages: [{ role: 'user', content: [{ type: 'text', text: 'In JSON.' }] }],
      }),
      google: sends({
        contents: [{ role: 'user', parts: [{ text: 'In JSON.' }] }],
        generationConfig: { responseMimeType: 'application/json' },
      }),
      vertex: sends({
        contents: [{ role: 'user', parts: [{ text: 'In JSON.' }] }],
        generationConfig: { responseMimeType: 'application/json' },
      }),
      mistral: sends({ messages: [{ role: 'user', content: 'In JSON.' }], response_format: { type: 'json_object' } }),
      bedrock: sends({ system: [{ text: inWords }], messages: [{ role: 'user', content: [{ text: 'In JSON.' }] }] }),
      xai: sends({ messages: [{ role: 'user', content: 'In JSON.' }], response_format: { type: 'json_object' } }),
      deepseek: sends({ messages: [{ role: 'user', content: 'In JSON.' }], response_format: { type: 'json_object' } }),
      // Nor here, but every object has a schema.
      perplexity: sends({
        input: [{ type: 'message', role: 'user', content: 'In JSON.' }],
        response_format: { type: 'json_schema', json_schema: { name: 'object', schema: { type: 'object' } } },
      }),
      replicate: sends(
        llama(
          {},
          ['system', 'Answer with one valid JSON object and nothing else: no code fence, no other text.'],
          ['user', 'In JSON.'],
        ),
      ),
      'm365-copilot': refuses('response_format', /in prose/),
      'github-copilot': sends({ systemMessage: { mode: 'replace', content: inWords }, prompt: 'In JSON.' }),
    },
  },
  {
    name: 'response_format json_schema',
    request: { response_format: format },
    cells: {
      openai: sends({ response_format: format }),
      'openai responses': sends({ text: { format: { type: 'json_schema', ...named } } }),
      azure: sends({ response_format: format }),
      anthropic: [sends({ output_config: { format: { type: 'json_schema', schema } } }), on('claude-sonnet-4', unguaranteed)],
      google: sends({ generationConfig: { responseMimeType: 'application/json', responseJsonSchema: schema } }),
      vertex: sends({ generationConfig: { responseMimeType: 'application/json', responseJsonSchema: schema } }),
      mistral: sends({ response_format: format }),
      bedrock: [
        sends({
          outputConfig: {
            textFormat: {
              type: 'json_schema',
              structure: { jsonSchema: { schema: JSON.stringify(schema), name: 'place', description: 'A place.' } },
            },
          },
        }),
        on('us.amazon.nova-2-lite-v1:0', unguaranteed),
      ],
      xai: sends({ response_format: format }),
      // Its JSON mode and the schema in words; the answer is checked here.
      deepseek: sends({
        messages: [
          {
            role: 'system',
            content: `Answer with one JSON object that keeps to this JSON Schema, and nothing else:\n${JSON.stringify(schema)}`,
          },
          { role: 'user', content: 'Hi' },
        ],
        response_format: { type: 'json_object' },
      }),
      perplexity: sends({ response_format: format }),
      replicate: unguaranteed,
      'm365-copilot': refuses('response_format', /in prose/),
      'github-copilot': refuses('response_format.json_schema', /guarantees no schema/),
    },
  },
  {
    name: 'verbosity',
    request: { verbosity: 'low' },
    cells: {
      openai: [drops('verbosity'), on('gpt-6-luna', sends({ verbosity: 'low' }))],
      'openai responses': [sends({ text: { verbosity: 'low' } }), on('gpt-4o', drops('verbosity'))],
      azure: [drops('verbosity'), on('gpt-6-luna', sends({ verbosity: 'low' }))],
      anthropic: drops('verbosity'),
      google: drops('verbosity'),
      vertex: drops('verbosity'),
      mistral: drops('verbosity'),
      bedrock: drops('verbosity'),
      xai: drops('verbosity'),
      deepseek: drops('verbosity'),
      perplexity: drops('verbosity'),
      replicate: drops('verbosity'),
      'm365-copilot': drops('verbosity'),
      'github-copilot': drops('verbosity'),
    },
  },
  {
    name: 'prediction',
    request: { prediction: { type: 'content', content: 'abc' } },
    cells: {
      openai: sends({ prediction: { type: 'content', content: 'abc' } }),
      'openai responses': drops('prediction'),
      azure: sends({ prediction: { type: 'content', content: 'abc' } }),
      anthropic: drops('prediction'),
      google: drops('prediction'),
      vertex: drops('prediction'),
      mistral: sends({ prediction: { type: 'content', content: 'abc' } }),
      bedrock: drops('prediction'),
      xai: drops('prediction'),
      deepseek: drops('prediction'),
      perplexity: drops('prediction'),
      replicate: drops('prediction'),
      'm365-copilot': drops('prediction'),
      'github-copilot': drops('prediction'),
    },
  },
  {
    name: 'modalities',
    request: { modalities: ['text', 'audio'] },
    cells: {
      openai: [refuses('modalities', speaks), on('gpt-audio', sends({ modalities: ['text', 'audio'] }))],
      'openai responses': refuses('modalities', speaks),
      azure: [refuses('modalities', speaks), on('my-audio', sends({ modalities: ['text', 'audio'] }))],
      anthropic: refuses('modalities', speaks),
      google: refuses('modalities', speaks),
      vertex: refuses('modalities', speaks),
      mistral: refuses('modalities', speaks),
      bedrock: refuses('modalities', speaks),
      xai: refuses('modalities', /no 'modalities'/),
      deepseek: refuses('modalities', /no 'modalities'/),
      perplexity: refuses('modalities', speaks),
      replicate: refuses('modalities', speaks),
      'm365-copilot': refuses('modalities', speaks),
      'github-copilot': refuses('modalities', speaks),
    },
  },
  {
    name: 'audio',
    request: { audio: { voice: 'alloy', format: 'wav' } },
    cells: {
      openai: [refuses('audio', speaks), on('gpt-audio', sends({ audio: { voice: 'alloy', format: 'wav' } }))],
      'openai responses': refuses('audio', speaks),
      azure: [refuses('audio', speaks), on('my-audio', sends({ audio: { voice: 'alloy', format: 'wav' } }))],
      anthropic: refuses('audio', speaks),
      google: refuses('audio', /spoken/),
      vertex: refuses('audio', /spoken/),
      mistral: refuses('audio', speaks),
      bedrock: refuses('audio', speaks),
      xai: refuses('audio', speaks),
      deepseek: refuses('audio', speaks),
      perplexity: refuses('audio', speaks),
      replicate: refuses('audio', speaks),
      'm365-copilot': refuses('audio', speaks),
      'github-copilot': refuses('audio', speaks),
    },
  },
  {
    name: 'web_search_options',
    request: { web_search_options: { search_context_size: 'low', user_location: place } },
    cells: {
      // Of the models for chat completions only those made for it search; any does over Responses.
      openai: [
        sends({ tools: search }, { as: 'openai responses' }),
        on('gpt-4o-search-preview', sends({ web_search_options: { search_context_size: 'low', user_location: place } })),
      ],
      'openai responses': sends({ tools: search }),
      azure: sends({ tools: search }, { as: 'openai responses' }),
      anthropic: sends(
        { tools: [{ type: 'web_search_20260318', name: 'web_search', user_location: flatPlace }] },
        drops('web_search_options.search_context_size'),
      ),
      google: sends(
        { tools: [{ googleSearch: {} }] },
        drops('web_search_options.search_context_size', 'web_search_options.user_location'),
      ),
      vertex: sends(
        { tools: [{ googleSearch: {} }] },
        drops('web_search_options.search_context_size', 'web_search_options.user_location'),
      ),
      mistral: refuses('web_search_options', noSearch),
      bedrock: refuses('web_search_options', noSearch),
      xai: refuses('web_search_options', noSearch),
      deepseek: refuses('web_search_options', noSearch),
      perplexity: sends({
        tools: [{ type: 'web_search', search_context_size: 'low', user_location: { city: 'Oslo', country: 'NO' } }],
      }),
      replicate: refuses('web_search_options', noSearch),
      'm365-copilot': sends(
        {
          locationHint: { timeZone: 'Europe/Oslo', countryOrRegion: 'NO' },
          contextualResources: { webContext: { isWebEnabled: true } },
        },
        drops('web_search_options.search_context_size', 'web_search_options.user_location'),
      ),
      'github-copilot': refuses('web_search_options', noSearch),
    },
  },
  {
    name: 'moderation',
    request: { moderation: { model: 'omni-moderation-latest' } },
    cells: {
      openai: sends({ moderation: { model: 'omni-moderation-latest' } }),
      'openai responses': sends({ moderation: { model: 'omni-moderation-latest' } }),
      azure: sends({ moderation: { model: 'omni-moderation-latest' } }),
      anthropic: refuses('moderation', moderated),
      // Its safety settings decide what is blocked; what the field asks for, the scores, nobody gets.
      google: refuses('moderation', moderated),
      vertex: refuses('moderation', moderated),
      mistral: refuses('moderation', moderated),
      bedrock: refuses('moderation', moderated),
      xai: refuses('moderation', moderated),
      deepseek: refuses('moderation', moderated),
      perplexity: refuses('moderation', moderated),
      replicate: refuses('moderation', moderated),
      'm365-copilot': refuses('moderation', moderated),
      'github-copilot': refuses('moderation', moderated),
    },
  },
]

import { drops, on, plain, refuses, sends } from './cells.ts'
import type { Row } from './cells.ts'
import { forms, functions, strict, strictForms } from './tool-forms.ts'

const reasoned = { as: 'openai responses' } as const
const haiku = 'us.anthropic.claude-haiku-4-5-20251001-v1:0'
const nova = 'us.amazon.nova-2-lite-v1:0'
const unforced = /cannot be forced/
const noCustom = /'custom'|custom tools|function tools only/
const named = { type: 'function', function: { name: 'weather' } } as const
const calling = (functionCallingConfig: object) => ({ tools: forms.gemini, toolConfig: { functionCallingConfig } })
const thinkless = { thinking: { type: 'disabled' } }

/** What the model may call, and how freely. */
export const tools: readonly Row[] = [
  {
    name: 'tools',
    request: { tools: functions },
    cells: {
      // With reasoning chat completions take no functions.
      openai: [sends({ tools: forms.chat }), on('gpt-6-luna', sends({ tools: forms.flat }, reasoned))],
      'openai responses': sends({ tools: forms.flat }),
      azure: [sends({ tools: forms.chat }), on('gpt-6-luna', sends({ tools: forms.flat }, reasoned))],
      anthropic: sends({ tools: forms.claude }),
      google: sends({ tools: forms.gemini }),
      vertex: sends({ tools: forms.gemini }),
      mistral: sends({ tools: forms.described }),
      bedrock: [sends({ toolConfig: { tools: forms.bedrock } }), on(nova, sends({ toolConfig: { tools: forms.nova } }))],
      xai: sends({ tools: forms.open }),
      deepseek: sends({ tools: forms.described }),
      perplexity: sends({ tools: forms.flat }),
      replicate: refuses('tools', /cannot call tools/),
      'm365-copilot': refuses('tools', /cannot call tools/),
      'github-copilot': sends(forms.session),
    },
  },
  {
    name: 'tools without reasoning',
    request: { tools: functions, reasoning_effort: 'none' },
    cells: {
      openai: on('gpt-6-luna', sends({ tools: forms.chat, reasoning_effort: 'none' })),
      'openai responses': sends({ tools: forms.flat, reasoning: { effort: 'none' } }),
      azure: on('gpt-6-luna', sends({ tools: forms.chat, reasoning_effort: 'none' })),
      anthropic: sends({ tools: forms.claude, thinking: { type: 'between_tools' } }),
      google: on('gemini-2.5-flash', sends({ tools: forms.gemini, generationConfig: { thinkingConfig: { thinkingBudget: 0 } } })),
      vertex: on('gemini-2.5-flash', sends({ tools: forms.gemini, generationConfig: { thinkingConfig: { thinkingBudget: 0 } } })),
      mistral: sends({ tools: forms.described, reasoning_effort: 'none' }),
      bedrock: on(haiku, sends({ toolConfig: { tools: forms.bedrock } })),
      xai: sends({ tools: forms.open, reasoning_effort: 'none' }),
      deepseek: sends({ tools: forms.described, ...thinkless }),
      perplexity: sends({ tools: forms.flat }, drops('reasoning_effort')),
      replicate: refuses('tools', /cannot call tools/),
      'm365-copilot': refuses('tools', /cannot call tools/),
      'github-copilot': sends(forms.session, drops('reasoning_effort')),
    },
  },
  {
    name: 'tools[].function.strict',
    request: { tools: strict },
    cells: {
      openai: sends({ tools: strictForms.chat }),
      'openai responses': sends({ tools: strictForms.flat }),
      azure: sends({ tools: strictForms.chat }),
      anthropic: [
        sends({ tools: strictForms.claude }),
        on('claude-sonnet-4', refuses('tools[0].function.strict', /no strict tools/)),
      ],
      // Arguments that keep to the schema are a mode of calling here.
      google: sends({ tools: strictForms.gemini, toolConfig: { functionCallingConfig: { mode: 'VALIDATED' } } }),
      vertex: sends({ tools: strictForms.gemini, toolConfig: { functionCallingConfig: { mode: 'VALIDATED' } } }),
      mistral: sends({ tools: strictForms.chat }),
      bedrock: sends({ toolConfig: { tools: strictForms.bedrock } }),
      xai: sends({ tools: strictForms.open }),
      deepseek: sends({ tools: strictForms.chat }),
      perplexity: sends({ tools: strictForms.flat }),
      replicate: refuses('tools', /cannot call tools/),
      'm365-copilot': refuses('tools', /cannot call tools/),
      'github-copilot': sends(strictForms.session),
    },
  },
  {
    name: 'tools[].custom',
    request: { tools: [{ type: 'custom', custom: { name: 'shell', description: 'Runs.' } }] },
    cells: {
      openai: sends({ tools: [{ type: 'custom', custom: { name: 'shell', description: 'Runs.' } }] }),
      'openai responses': sends({ tools: [{ type: 'custom', name: 'shell', description: 'Runs.' }] }),
      azure: sends({ tools: [{ type: 'custom', custom: { name: 'shell', description: 'Runs.' } }] }),
      anthropic: refuses('tools[0]', noCustom),
      google: refuses('tools[0]', noCustom),
      vertex: refuses('tools[0]', noCustom),
      mistral: refuses('tools[0]', noCustom),
      bedrock: refuses('tools[0]', noCustom),
      xai: refuses('tools[0]', noCustom),
      deepseek: refuses('tools[0]', noCustom),
      perplexity: refuses('tools[0]', noCustom),
      replicate: refuses('tools', /cannot call tools/),
      'm365-copilot': refuses('tools', /cannot call tools/),
      'github-copilot': refuses('tools[0]', noCustom),
    },
  },
  {
    name: 'tool_choice none',
    request: { tools: functions, tool_choice: 'none' },
    cells: {
      openai: sends({ tools: forms.chat, tool_choice: 'none' }),
      'openai responses': sends({ tools: forms.flat, tool_choice: 'none' }),
      azure: sends({ tools: forms.chat, tool_choice: 'none' }),
      anthropic: sends({ tools: forms.claude, tool_choice: { type: 'none' } }),
      google: sends(calling({ mode: 'NONE' })),
      vertex: sends(calling({ mode: 'NONE' })),
      mistral: sends({ tools: forms.described, tool_choice: 'none' }),
      // It has no word for it: what is not to be called is not offered.
      bedrock: plain,
      xai: sends({ tools: forms.open, tool_choice: 'none' }),
      deepseek: sends({ tools: forms.described, tool_choice: 'none' }),
      perplexity: sends({ tools: forms.flat, tool_choice: 'none' }),
      replicate: refuses('tools', /cannot call tools/),
      'm365-copilot': refuses('tools', /cannot call tools/),
      'github-copilot': plain,
    },
  },
  {
    name: 'tool_choice auto',
    request: { tools: functions, tool_choice: 'auto' },
    cells: {
      openai: sends({ tools: forms.chat, tool_choice: 'auto' }),
      'openai responses': sends({ tools: forms.flat, tool_choice: 'auto' }),
      azure: sends({ tools: forms.chat, tool_choice: 'auto' }),
      anthropic: sends({ tools: forms.claude, tool_choice: { type: 'auto' } }),
      google: sends(calling({ mode: 'AUTO' })),
      vertex: sends(calling({ mode: 'AUTO' })),
      mistral: sends({ tools: forms.described, tool_choice: 'auto' }),
      bedrock: sends({ toolConfig: { tools: forms.bedrock, toolChoice: { auto: {} } } }),
      xai: sends({ tools: forms.open, tool_choice: 'auto' }),
      deepseek: sends({ tools: forms.described, tool_choice: 'auto' }),
      perplexity: sends({ tools: forms.flat, tool_choice: 'auto' }),
      replicate: refuses('tools', /cannot call tools/),
      'm365-copilot': refuses('tools', /cannot call tools/),
      'github-copilot': sends(forms.session),
    },
  },
  {
    name: 'tool_choice required',
    request: { tools: functions, tool_choice: 'required' },
    cells: {
      openai: sends({ tools: forms.chat, tool_choice: 'required' }),
      'openai responses': sends({ tools: forms.flat, tool_choice: 'required' }),
      azure: sends({ tools: forms.chat, tool_choice: 'required' }),
      anthropic: [
        refuses('tool_choice', unforced),
        on('claude-haiku-4-5', sends({ tools: forms.claude, tool_choice: { type: 'any' } })),
      ],
      google: sends(calling({ mode: 'ANY' })),
      vertex: sends(calling({ mode: 'ANY' })),
      mistral: sends({ tools: forms.described, tool_choice: 'any' }),
      bedrock: [
        refuses('tool_choice', unforced),
        on(haiku, sends({ toolConfig: { tools: forms.bedrock, toolChoice: { any: {} } } })),
        on(nova, sends({ toolConfig: { tools: forms.nova, toolChoice: { any: {} } } })),
        on('us.meta.llama4-scout-17b-instruct-v1:0', refuses('tool_choice', unforced)),
      ],
      xai: sends({ tools: forms.open, tool_choice: 'required' }),
      // While it thinks it takes no forced tool, and it thinks unless told not to.
      deepseek: [
        sends({ tools: forms.described, tool_choice: 'required', ...thinkless }, drops('reasoning_effort')),
        on('deepseek-chat', sends({ tools: forms.described, tool_choice: 'required' })),
      ],
      perplexity: sends({ tools: forms.flat, tool_choice: 'required' }),
      replicate: refuses('tools', /cannot call tools/),
      'm365-copilot': refuses('tools', /cannot call tools/),
      'github-copilot': refuses('tool_choice', /decides by itself/),
    },
  },
  {
    name: 'tool_choice by name',
    request: { tools: functions, tool_choice: named },
    cells: {
      openai: sends({ tools: forms.chat, tool_choice: named }),
      'openai responses': sends({ tools: forms.flat, tool_choice: { type: 'function', name: 'weather' } }),
      azure: sends({ tools: forms.chat, tool_choice: named }),
      anthropic: [
        refuses('tool_choice', unforced),
        on('claude-haiku-4-5', sends({ tools: forms.claude, tool_choice: { type: 'tool', name: 'weather' } })),
      ],
      google: sends(calling({ mode: 'ANY', allowedFunctionNames: ['weather'] })),
      vertex: sends(calling({ mode: 'ANY', allowedFunctionNames: ['weather'] })),
      mistral: sends({ tools: forms.described, tool_choice: named }),
      bedrock: [
        refuses('tool_choice', unforced),
        on(haiku, sends({ toolConfig: { tools: forms.bedrock, toolChoice: { tool: { name: 'weather' } } } })),
        on(nova, sends({ toolConfig: { tools: forms.nova, toolChoice: { tool: { name: 'weather' } } } })),
      ],
      xai: sends({ tools: forms.open, tool_choice: named }),
      deepseek: [
        sends({ tools: forms.described, tool_choice: named, ...thinkless }, drops('reasoning_effort')),
        on('deepseek-chat', sends({ tools: forms.described, tool_choice: named })),
      ],
      perplexity: sends({ tools: forms.flat, tool_choice: { name: 'weather' } }),
      replicate: refuses('tools', /cannot call tools/),
      'm365-copilot': refuses('tools', /cannot call tools/),
      'github-copilot': refuses('tool_choice', /decides by itself/),
    },
  },
  {
    name: 'tool_choice allowed_tools',
    request: {
      tools: functions,
      tool_choice: {
        type: 'allowed_tools',
        allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'clock' } }] },
      },
    },
    cells: {
      openai: sends({
        tools: forms.chat,
        tool_choice: {
          type: 'allowed_tools',
          allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'clock' } }] },
        },
      }),
      'openai responses': sends({
        tools: forms.flat,
        tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'clock' }] },
      }),
      azure: sends({
        tools: forms.chat,
        tool_choice: {
          type: 'allowed_tools',
          allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'clock' } }] },
        },
      }),
      anthropic: sends({ tools: forms.claude.slice(1), tool_choice: { type: 'auto' } }),
      google: sends(calling({ mode: 'VALIDATED', allowedFunctionNames: ['clock'] })),
      vertex: sends(calling({ mode: 'VALIDATED', allowedFunctionNames: ['clock'] })),
      mistral: sends({ tools: forms.described.slice(1), tool_choice: 'auto' }),
      bedrock: sends({ toolConfig: { tools: forms.bedrock.slice(1), toolChoice: { auto: {} } } }),
      xai: sends({ tools: forms.open.slice(1), tool_choice: 'auto' }),
      deepseek: sends({ tools: forms.described.slice(1), tool_choice: 'auto' }),
      perplexity: sends({ tools: forms.flat.slice(1), tool_choice: 'auto' }),
      replicate: refuses('tools', /cannot call tools/),
      'm365-copilot': refuses('tools', /cannot call tools/),
      'github-copilot': sends(forms.sessionClock),
    },
  },
  {
    name: 'parallel_tool_calls false',
    request: { tools: functions, parallel_tool_calls: false },
    cells: {
      openai: sends({ tools: forms.chat, parallel_tool_calls: false }),
      'openai responses': sends({ tools: forms.flat, parallel_tool_calls: false }),
      azure: sends({ tools: forms.chat, parallel_tool_calls: false }),
      anthropic: sends({ tools: forms.claude, tool_choice: { type: 'auto', disable_parallel_tool_use: true } }),
      // Only the first of several calls is handed over, here and at Bedrock.
      google: sends({ tools: forms.gemini }),
      vertex: sends({ tools: forms.gemini }),
      mistral: sends({ tools: forms.described, parallel_tool_calls: false }),
      bedrock: sends({ toolConfig: { tools: forms.bedrock } }),
      // So it is called in the vendor's own description of its format.
      xai: sends({ tools: forms.open, parallel_tool_calls: false }),
      // Not documented, but accepted in recorded requests.
      deepseek: sends({ tools: forms.described, parallel_tool_calls: false }),
      perplexity: sends({ tools: forms.flat, parallel_tool_calls: false }),
      replicate: refuses('tools', /cannot call tools/),
      'm365-copilot': refuses('tools', /cannot call tools/),
      'github-copilot': sends(forms.session, drops('parallel_tool_calls')),
    },
  },
  {
    name: 'functions and function_call',
    request: { functions: [{ name: 'clock', parameters: { type: 'object', properties: {} } }], function_call: 'auto' },
    cells: {
      openai: [
        sends({ functions: [{ name: 'clock', parameters: { type: 'object', properties: {} } }], function_call: 'auto' }),
        on('gpt-6-luna', sends({ tools: forms.flat.slice(1), tool_choice: 'auto' }, reasoned)),
      ],
      'openai responses': sends({ tools: forms.flat.slice(1), tool_choice: 'auto' }),
      azure: sends({ functions: [{ name: 'clock', parameters: { type: 'object', properties: {} } }], function_call: 'auto' }),
      anthropic: sends({ tools: forms.claude.slice(1), tool_choice: { type: 'auto', disable_parallel_tool_use: true } }),
      google: sends({
        tools: [{ functionDeclarations: [{ name: 'clock' }] }],
        toolConfig: { functionCallingConfig: { mode: 'AUTO' } },
      }),
      vertex: sends({
        tools: [{ functionDeclarations: [{ name: 'clock' }] }],
        toolConfig: { functionCallingConfig: { mode: 'AUTO' } },
      }),
      mistral: sends({ tools: forms.described.slice(1), tool_choice: 'auto', parallel_tool_calls: false }),
      bedrock: sends({ toolConfig: { tools: forms.bedrock.slice(1), toolChoice: { auto: {} } } }),
      xai: sends({ tools: forms.open.slice(1), tool_choice: 'auto' }),
      deepseek: sends({ tools: forms.described.slice(1), tool_choice: 'auto' }),
      perplexity: sends({ tools: forms.flat.slice(1), tool_choice: 'auto' }),
      replicate: refuses('tools', /cannot call tools/),
      'm365-copilot': refuses('tools', /cannot call tools/),
      'github-copilot': sends(forms.sessionClock),
    },
  },
]

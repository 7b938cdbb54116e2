/** What the parts of a prompt come to at one family of models, in tokens. */
export interface TokenRates {
  /** Once, whatever the prompt: what frames it, and what the vendor puts before it. */
  readonly start: number
  readonly message: number
  /** Once, where there are tools: the vendor's own instructions for their use. */
  readonly tools: number
  readonly tool: number
  readonly call: number
  /** What is asked of a model that is told to think. */
  readonly thinking: number
  /** Tokens of the family for one by the common rule. */
  readonly text: number
  readonly toolText: number
  readonly formatText: number
}

/** A family of models that count alike. */
export interface TokenFamily {
  /** Of the model's id, in small letters. */
  readonly models: RegExp
  readonly rates: TokenRates
  /** What differs where a tokenizer counts the texts; each of its tokens is one. */
  readonly tokenized?: Partial<TokenRates>
}

/**
 * Fitted to the recorded traffic of the corpus by least relative deviations, on 2026-11-22; `docs/costs.md` gives the error
 * of each. The first family that matches counts.
 */
export const tokenFamilies: readonly TokenFamily[] = [
  {
    models: /gpt-oss/,
    rates: { start: 60, message: 7.5, tools: 36, tool: 8, call: 6, thinking: 0, text: 0.9, toolText: 0.8, formatText: 1.5 },
  },
  {
    // A new tokenizer since Opus 4.7.
    models: /claude-[a-z]+-(?:[5-9]|4[-.][7-9])(?!\d)/,
    rates: { start: 6, message: 3, tools: 340, tool: 0, call: 10, thinking: 0, text: 1.3, toolText: 2.5, formatText: 1.5 },
  },
  {
    models: /claude/,
    rates: { start: 6, message: 1.8, tools: 427, tool: 60, call: 0, thinking: 29, text: 1, toolText: 0.86, formatText: 1.5 },
  },
  {
    // A schema of the answer is not counted.
    models: /gemini/,
    rates: { start: 2.5, message: 0, tools: 0, tool: 7, call: 23, thinking: 0, text: 0.9, toolText: 0.72, formatText: 0 },
  },
  {
    models: /(?:^|\/)(?:gpt-|o\d|chatgpt)/,
    rates: { start: 3.8, message: 3.4, tools: 21.5, tool: 0, call: 10, thinking: 0, text: 0.95, toolText: 0.57, formatText: 1 },
    tokenized: { start: 3, message: 4, tools: 19.5, call: 4, toolText: 0.5, formatText: 0.76 },
  },
  {
    models: /mistral|ministral|codestral|devstral|magistral|mixtral|pixtral/,
    rates: { start: 10, message: 0, tools: 0, tool: 0, call: 22.5, thinking: 0, text: 0.88, toolText: 1.93, formatText: 0.5 },
  },
  {
    models: /deepseek-r1-distill-llama|llama/,
    rates: { start: 31, message: 4, tools: 154, tool: 10, call: 15, thinking: 0, text: 0.8, toolText: 1.37, formatText: 1 },
  },
  {
    models: /deepseek/,
    rates: { start: 4.2, message: 1, tools: 218, tool: 8, call: 41, thinking: 0, text: 0.89, toolText: 1.57, formatText: 1 },
  },
  {
    models: /qwen|qwq/,
    rates: { start: 6.6, message: 4.8, tools: 85, tool: 8, call: 21.5, thinking: 0, text: 0.8, toolText: 2.1, formatText: 1.5 },
  },
  {
    models: /grok/,
    rates: { start: 0, message: 2.3, tools: 274, tool: 8, call: 50, thinking: 0, text: 0.8, toolText: 1.7, formatText: 1 },
  },
  {
    models: /kimi/,
    rates: { start: 5, message: 1, tools: 0, tool: 8, call: 40, thinking: 0, text: 1.2, toolText: 0.95, formatText: 1 },
  },
  {
    models: /glm/,
    rates: { start: 8, message: 0, tools: 90, tool: 3.4, call: 50, thinking: 0, text: 0.8, toolText: 1.6, formatText: 1 },
  },
  {
    models: /sonar/,
    rates: { start: 1, message: 0.7, tools: 0, tool: 0, call: 0, thinking: 0, text: 0.85, toolText: 1, formatText: 1 },
  },
  {
    models: /nova-/,
    rates: { start: 1, message: 0, tools: 354, tool: 8, call: 15, thinking: 0, text: 1, toolText: 0.94, formatText: 1 },
  },
  {
    // Its vendor puts instructions of hundreds of tokens before some prompts and none before others.
    models: /^command|\/command/,
    rates: { start: 54, message: 8, tools: 600, tool: 8, call: 50, thinking: 0, text: 1.17, toolText: 2.5, formatText: 1 },
  },
]

/** Of models of no known family. */
export const commonRates: TokenRates = {
  start: 4,
  message: 3,
  tools: 55,
  tool: 8,
  call: 10,
  thinking: 0,
  text: 0.95,
  toolText: 1.5,
  formatText: 1,
}

/** Of a picture, a sound, a document, whatever their size: nobody counts alike. */
export const mediaTokens = { image: 1000, sound: 1000, file: 2000 } as const

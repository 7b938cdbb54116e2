import type { Fields } from './cells.ts'

type Turn = readonly [role: 'system' | 'user' | 'assistant', text: string]

/** A conversation as Llama 3 was trained on it, and the settings beside it, as the model's input on Replicate. */
export function llama(settings: Fields = {}, ...turns: readonly Turn[]): Fields {
  const said = turns.length === 0 ? [['user', 'Hi'] as const] : turns
  const spoken = said.map(([role, text]) => `<|start_header_id|>${role}<|end_header_id|>\n\n${text}<|eot_id|>`)
  const prompt = `<|begin_of_text|>${spoken.join('')}<|start_header_id|>assistant<|end_header_id|>\n\n`
  return { input: { prompt, prompt_template: '{prompt}', ...settings } }
}

/** A conversation as the one message of a session. */
export function told(...messages: readonly Fields[]): string {
  const heading =
    'What follows is a conversation: one message a line, each a JSON object. Answer it with the next message of the assistant, in plain form and not as JSON.'
  return [heading, ...messages.map((message) => JSON.stringify(message))].join('\n')
}

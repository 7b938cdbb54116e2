import { numberOf } from '../shared/guards.ts'
import { isObject, textOf, type JsonObject } from '../shared/json.ts'
import type { ConversationStyle, ModelInputs, Setting } from './inputs.ts'

/** The names that models give to one and the same input, best first. */
const settingInputs: Readonly<Record<Setting, readonly string[]>> = {
  max_tokens: ['max_completion_tokens', 'max_output_tokens', 'max_tokens', 'max_new_tokens', 'max_length'],
  temperature: ['temperature'],
  top_p: ['top_p'],
  seed: ['seed'],
  stop: ['stop_sequences'],
  presence_penalty: ['presence_penalty'],
  frequency_penalty: ['frequency_penalty'],
  reasoning_effort: ['reasoning_effort'],
  verbosity: ['verbosity'],
}

/** The inputs that a model's OpenAPI schema lists. */
export function inputsInSchema(schema: unknown): ModelInputs {
  const properties = objectAt(schema, ['components', 'schemas', 'Input', 'properties'])
  const has = (names: readonly string[]): string | undefined => names.find((name) => Object.hasOwn(properties, name))
  const settings = Object.fromEntries(
    Object.entries(settingInputs).flatMap(([setting, names]) => {
      const input = has(names)
      return input === undefined ? [] : [[setting, input]]
    }),
  )
  const conversation = Object.hasOwn(properties, 'messages') ? 'messages' : templateOf(defaultOf(properties, 'prompt_template'))
  const isTemplate = conversation !== 'messages' && conversation !== 'prompt'
  const system = isTemplate ? undefined : has(['system_prompt', 'system_instruction', 'system'])
  const image = has(['image', 'input_image'])
  const images = has(['images', 'image_input'])
  const defaultLimit = numberOf(defaultOf(properties, settings['max_tokens']))
  const stops = (textOf(defaultOf(properties, settings['stop'])) ?? '').split(',').filter((stop) => stop !== '')
  return {
    conversation,
    settings,
    ...(isTemplate && { template: 'prompt_template' }),
    ...(system !== undefined && { system }),
    ...(image !== undefined && { image }),
    ...(images !== undefined && { images }),
    ...(defaultLimit !== undefined && { defaultLimit }),
    ...(stops.length > 0 && { stops }),
  }
}

/** A model's usual template tells the marks that it was trained with. */
function templateOf(template: unknown): ConversationStyle {
  const text = textOf(template) ?? ''
  if (text.includes('<|start_header_id|>')) return 'llama-3'
  if (text.includes('<<SYS>>')) return 'llama-2'
  return text.includes('[INST]') ? 'mistral' : 'prompt'
}

function defaultOf(properties: JsonObject, name: string | undefined): unknown {
  const property = name === undefined ? undefined : properties[name]
  return isObject(property) ? property['default'] : undefined
}

function objectAt(value: unknown, path: readonly string[]): JsonObject {
  const found = path.reduce<unknown>((here, step) => (isObject(here) ? here[step] : undefined), value)
  return isObject(found) ? found : {}
}

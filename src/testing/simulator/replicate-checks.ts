import { at, isObject, listAt } from '../json.ts'
import type { VendorError } from './dialect.ts'
import { invalidFields } from './replicate-errors.ts'
import type { Turn, WireRequest } from './turn.ts'

/** Fields that the creation of a prediction may have. */
const known = ['version', 'input', 'stream', 'webhook', 'webhook_events_filter']
const numbers = ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty']
const integers = ['max_tokens', 'max_new_tokens', 'max_completion_tokens', 'max_output_tokens', 'seed']
const texts = ['prompt', 'system_prompt', 'system_instruction', 'prompt_template', 'stop_sequences', 'image']

/** What the vendor refuses: unknown fields of a request, inputs of a wrong type, a model without anything to answer. */
export function checkReplicate({ path, body }: WireRequest, { operation }: Turn): VendorError | undefined {
  if (operation !== 'chat') return undefined
  if (!isObject(body))
    return invalidFields([{ type: 'invalid_type', field: '(root)', description: 'Invalid type. Expected: object' }])
  const extra = Object.keys(body).find((field) => !known.includes(field))
  if (extra !== undefined) {
    const description = `Additional property ${extra} is not allowed`
    return invalidFields([{ type: 'additional_property_not_allowed', field: '', description }])
  }
  if (path === '/v1/predictions' && typeof at(body, 'version') !== 'string') return required('', 'version')
  return checkInput(at(body, 'input'))
}

function checkInput(input: unknown): VendorError | undefined {
  if (!isObject(input)) return required('', 'input')
  const hasPrompt = typeof input['prompt'] === 'string' && input['prompt'] !== ''
  if (!hasPrompt && listAt(input, 'messages').length === 0) return required('input', 'prompt')
  for (const [names, type] of [
    [numbers, 'number'],
    [integers, 'integer'],
    [texts, 'string'],
  ] as const) {
    const wrong = names.find((name) => Object.hasOwn(input, name) && !isOf(type, input[name]))
    if (wrong !== undefined)
      return invalidFields([{ type: 'invalid_type', field: `input.${wrong}`, description: `Invalid type. Expected: ${type}` }])
  }
  return undefined
}

function isOf(type: 'number' | 'integer' | 'string', value: unknown): boolean {
  return type === 'integer' ? Number.isInteger(value) : typeof value === type
}

function required(field: string, name: string): VendorError {
  return invalidFields([{ type: 'required', field, description: `${name} is required` }])
}

import type { Check, Fault } from './body-fault.ts'
import { inField, inItems, isRecord, isText, optional, wrong } from './body-fault.ts'

/**
 * What is wrong with the fields of a message that somebody between here and the wire reads: routing, the estimate of
 * tokens, the classifier, an adapter. Everything else, parts of unknown types included, is the vendor's to judge.
 */
export function messageFault(message: Readonly<Record<string, unknown>>, role: string): Fault | undefined {
  const fault = contentFault(message, role)
  if (fault !== undefined) return fault
  if (role === 'assistant') return callsFault(message)
  return role === 'function' ? inField(message, 'name', isText) : undefined
}

/** Roles whose messages may be without content: an assistant that only calls tools, the result of a legacy function. */
const mayBeSilent: ReadonlySet<string> = new Set(['assistant', 'function'])

function contentFault(message: Readonly<Record<string, unknown>>, role: string): Fault | undefined {
  const { content } = message
  if (typeof content === 'string') return undefined
  if (Array.isArray(content)) {
    const fault = inItems(content, partFault)
    return fault && { ...fault, path: `.content${fault.path}` }
  }
  if ((content === undefined || content === null) && mayBeSilent.has(role)) return undefined
  if (content === undefined)
    return { path: '.content', problem: `is missing; a message of the role ${role} needs a text or an array of parts` }
  return { ...wrong('a string or an array of parts', content), path: '.content' }
}

function partFault(part: unknown): Fault | undefined {
  if (!isRecord(part)) return wrong("an object such as { type: 'text', text: '…' }", part)
  const { type } = part
  if (typeof type !== 'string') return inField(part, 'type', isText)
  if (type === 'text') return typeof part['text'] === 'string' ? undefined : inField(part, 'text', isText)
  return Object.hasOwn(payloads, type) ? inField(part, type, payloads[type] ?? noCheck) : undefined
}

const noCheck: Check = () => undefined

/** The field of a part that has the name of its type. */
const payloads: Readonly<Record<string, Check>> = {
  refusal: isText,
  image_url: (image) =>
    isRecord(image)
      ? inField(image, 'url', isText)
      : wrong('an object', image, "write { url: '…' } with a web address or data URL"),
  input_audio: (audio) =>
    isRecord(audio)
      ? (inField(audio, 'data', isText) ?? inField(audio, 'format', isText))
      : wrong('an object', audio, "write { data: '…', format: 'wav' } with the sound in base64"),
  file: (file) =>
    isRecord(file)
      ? (inField(file, 'file_data', isTextIfAny) ?? inField(file, 'file_id', isTextIfAny) ?? inField(file, 'filename', isTextIfAny))
      : wrong('an object', file, 'write { file_data, filename } or { file_id }'),
}

const isTextIfAny: Check = (value) => (value === undefined || typeof value === 'string' ? undefined : wrong('a string', value))

function callsFault(message: Readonly<Record<string, unknown>>): Fault | undefined {
  const { tool_calls: calls, function_call: legacy } = message
  if (calls !== undefined && calls !== null) {
    if (!Array.isArray(calls)) return inField(message, 'tool_calls', (value) => wrong('an array of calls', value))
    const fault = inItems(calls, callFault)
    if (fault !== undefined) return { ...fault, path: `.tool_calls${fault.path}` }
  }
  return legacy === undefined || legacy === null ? undefined : inField(message, 'function_call', calledFault)
}

function callFault(call: unknown): Fault | undefined {
  if (!isRecord(call)) return wrong('an object with `id`, `type` and `function`', call)
  const fault = inField(call, 'id', isText) ?? inField(call, 'type', isTextIfAny)
  if (fault !== undefined) return fault
  return call['type'] === 'custom' ? inField(call, 'custom', customFault) : inField(call, 'function', calledFault)
}

const isJsonText: Check = (value) =>
  typeof value === 'string'
    ? undefined
    : wrong(
        'a string of JSON',
        value,
        isRecord(value) ? 'pass the object through JSON.stringify()' : "write '{}' where there are none",
      )

const calledFault: Check = (called) =>
  isRecord(called)
    ? (inField(called, 'name', isText) ?? inField(called, 'arguments', isJsonText))
    : wrong('an object with `name` and `arguments`', called)

const customFault: Check = (called) =>
  isRecord(called)
    ? (inField(called, 'name', isText) ?? inField(called, 'input', isText))
    : wrong('an object with `name` and `input`', called)

/** What is wrong with a prediction: text, or parts of text. */
export const predictionFault: Check = optional((prediction) =>
  isRecord(prediction)
    ? inField(prediction, 'content', (content) =>
        typeof content === 'string'
          ? undefined
          : Array.isArray(content)
            ? inItems(content, partFault)
            : wrong('a string or an array of parts', content),
      )
    : wrong("an object such as { type: 'content', content: '…' }", prediction),
)

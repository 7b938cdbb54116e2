import { at, camelName, isObject, listAt, numberAt, textAt } from '../json.ts'
import type { JsonObject } from '../json.ts'
import type { VendorError } from './dialect.ts'
import type { Turn, WireRequest } from './turn.ts'
import { googleError } from './google-errors.ts'
import { readSeal } from './seals.ts'

/** What Google refuses before it generates anything. */
export function checkGoogle({ method, path, body: sent }: WireRequest, turn: Turn): VendorError | undefined {
  if (method === 'GET') return undefined
  if (!isObject(sent)) return googleError(400, 'Invalid JSON payload received. Unexpected token.')
  if (turn.operation === 'embeddings') return undefined
  const { body } = turn
  const vertex = path.includes('/publishers/google/')
  return (
    checkNames(sent) ??
    checkContents(listAt(body, 'contents'), vertex) ??
    checkCalls(listAt(body, 'contents')) ??
    checkSignatures(listAt(body, 'contents'), turn.model) ??
    checkSeals(listAt(body, 'contents')) ??
    checkConfig(body)
  )
}

function checkNames(sent: JsonObject): VendorError | undefined {
  const stranger = Object.keys(sent).find((name) => !knownFields.has(camelName(name)))
  if (stranger !== undefined) return unknownName(stranger, '')
  const config = at(sent, 'generationConfig') ?? at(sent, 'generation_config')
  const inner = Object.keys(isObject(config) ? config : {}).find((name) => !knownConfig.has(camelName(name)))
  return inner === undefined ? undefined : unknownName(inner, " at 'generation_config'")
}

function unknownName(name: string, where: string): VendorError {
  const description = `Invalid JSON payload received. Unknown name "${name}"${where}: Cannot find field.`
  return googleError(400, description, [
    { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field: where.slice(5, -1), description }] },
  ])
}

function checkContents(contents: readonly unknown[], vertex: boolean): VendorError | undefined {
  if (contents.length === 0) return googleError(400, '* GenerateContentRequest.contents: contents is not specified\n')
  for (const [index, content] of contents.entries()) {
    const role = textAt(content, 'role')
    const optional = role === undefined && !vertex && contents.length === 1
    if (!optional && role !== 'user' && role !== 'model') return googleError(400, 'Please use a valid role: user, model.')
    const parts = listAt(content, 'parts')
    if (parts.length === 0) {
      return googleError(400, `* GenerateContentRequest.contents[${index}].parts: contents.parts must not be empty.\n`)
    }
    for (const [position, part] of parts.entries()) {
      const problem = checkPart(part, `contents[${index}].parts[${position}]`)
      if (problem !== undefined) return problem
    }
  }
  return undefined
}

function checkPart(part: unknown, path: string): VendorError | undefined {
  if (!isObject(part) || !Object.keys(part).some((key) => dataFields.has(key))) {
    return googleError(400, `* GenerateContentRequest.${path}.data: required oneof field 'data' must have one initialized field\n`)
  }
  const call = at(part, 'functionCall') ?? at(part, 'functionResponse')
  if (call === undefined) return undefined
  const kind = at(part, 'functionCall') === undefined ? 'function_response' : 'function_call'
  if ((textAt(call, 'name') ?? '') === '')
    return googleError(400, `* GenerateContentRequest.${path}.${kind}.name: Name cannot be empty.\n`)
  const field = kind === 'function_call' ? 'args' : 'response'
  const struct = at(call, field)
  if (struct === undefined || isObject(struct)) return undefined
  return googleError(
    400,
    `Invalid value at '${path}.${kind}.${field}' (type.googleapis.com/google.protobuf.Struct), ${JSON.stringify(struct)}`,
  )
}

/** Every turn of calls is answered in the very next turn, by exactly as many responses. */
function checkCalls(contents: readonly unknown[]): VendorError | undefined {
  if (at(contents[0], 'role') === 'model' && countOf(contents[0], 'functionCall') > 0) return misplacedCall()
  let open = 0
  for (const [index, content] of contents.entries()) {
    const calls = countOf(content, 'functionCall')
    // A call of the model's begins a turn of its own: after the user, or after results.
    if (calls > 0 && index > 0 && at(contents[index - 1], 'role') === 'model') return misplacedCall()
    const responses = countOf(content, 'functionResponse')
    if (responses > 0 && open === 0) {
      return googleError(400, 'Please ensure that function response turn comes immediately after a function call turn.')
    }
    if (responses !== open) {
      return googleError(
        400,
        'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
      )
    }
    open = calls
  }
  return undefined
}

function misplacedCall(): VendorError {
  return googleError(
    400,
    'Please ensure that function call turn comes immediately after a user turn or after a function response turn.',
  )
}

function countOf(content: unknown, kind: string): number {
  return listAt(content, 'parts').filter((part) => at(part, kind) !== undefined).length
}

/** A signature is Gemini's own, or one of the words by which the vendor lets calls of others through. */
function checkSeals(contents: readonly unknown[]): VendorError | undefined {
  const signatures = contents.flatMap((content) =>
    listAt(content, 'parts').map((part) => textAt(part, 'thoughtSignature') ?? textAt(part, 'thought_signature')),
  )
  const strange = signatures.some((text) => text !== undefined && (readSeal(text)?.signer ?? 'gemini') !== 'gemini')
  // google-gemini/gemini-cli#13467 and many others have the words.
  return strange ? googleError(400, 'Corrupted thought signature.') : undefined
}

/** From generation 3 on, each step of the current turn must bring back the signature of its first call. */
function checkSignatures(contents: readonly unknown[], model: string): VendorError | undefined {
  if (Number(/^gemini-(\d+)/.exec(model)?.[1] ?? 0) < 3) return undefined
  const start = contents.findLastIndex((content) => at(content, 'role') === 'user' && countOf(content, 'functionResponse') === 0)
  for (const [index, content] of contents.entries()) {
    if (index < start) continue
    const position = listAt(content, 'parts').findIndex((part) => at(part, 'functionCall') !== undefined)
    const part = listAt(content, 'parts')[position]
    if (part === undefined || at(part, 'thoughtSignature') !== undefined) continue
    return googleError(
      400,
      `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call \`default_api:${textAt(part, 'functionCall', 'name') ?? ''}\` , position ${index + 1}.`,
    )
  }
  return undefined
}

function checkConfig(body: JsonObject): VendorError | undefined {
  const temperature = numberAt(body, 'generationConfig', 'temperature')
  if (temperature !== undefined && (temperature < 0 || temperature > 2)) {
    return googleError(
      400,
      `Unable to submit request because it has a temperature value of ${temperature} but the supported range is from 0 (inclusive) to 2.0001 (exclusive). Update the value and try again.`,
    )
  }
  const names = listAt(body, 'tools').flatMap((tool) =>
    listAt(tool, 'functionDeclarations').map((one) => textAt(one, 'name') ?? ''),
  )
  const bad = names.findIndex((name) => !/^[A-Za-z_][A-Za-z0-9_.:-]{0,127}$/.test(name))
  if (bad !== -1) {
    return googleError(
      400,
      `* GenerateContentRequest.tools[0].function_declarations[${bad}].name: Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 128.\n`,
    )
  }
  return undefined
}

const dataFields = new Set(
  `text inlineData fileData functionCall functionResponse executableCode codeExecutionResult toolCall toolResponse`.split(/\s+/),
)

// The fields that @google/genai 3.1 puts into a body, for the Gemini API and for Vertex AI.
const knownFields = new Set(
  `contents systemInstruction tools toolConfig safetySettings generationConfig cachedContent labels store serviceTier
  modelArmorConfig model`.split(/\s+/),
)

const knownConfig = new Set(
  `temperature topP topK candidateCount maxOutputTokens stopSequences seed responseMimeType responseSchema
  responseJsonSchema responseModalities responseLogprobs logprobs presencePenalty frequencyPenalty thinkingConfig
  speechConfig mediaResolution imageConfig audioTimestamp enableEnhancedCivicAnswers enableAffectiveDialog routingConfig
  modelSelectionConfig modelConfig responseFormat translationConfig`.split(/\s+/),
)

import type { Support } from '../../contracts/adapter.ts'
import type { ChatRequest } from '../../contracts/chat.ts'
import type { JsonObject } from '../shared/json.ts'
import { droppedFields, isTuned } from './dropped.ts'
import type { Effort, Profile, ToolChoice } from './profile.ts'

type Refusal = Extract<Support, { level: 'no' }>

/** What a server makes of a request. */
export interface Adaptation {
  readonly refused: Refusal | undefined
  /** Fields to leave out, with a note. */
  readonly dropped: readonly string[]
  /** How its `response_format` is asked for. */
  readonly format: 'as it is' | 'json_object' | 'prompt'
  /** The level of reasoning to ask for; `undefined`: nothing is said about it. */
  readonly effort: Effort | undefined
}

/** What a server makes of a request's parameters. Quick: it is asked for every candidate of every request. */
export function adapt(request: ChatRequest, profile: Profile): Adaptation {
  const { effort, isDropped, refused } = effortOf(request, profile)
  const dropped = [...droppedFields(request, profile, effort), ...(isDropped ? ['reasoning_effort'] : [])]
  return { refused: refusalOf(request, profile) ?? refused, dropped, format: formatOf(request, profile), effort }
}

interface EffortChoice {
  readonly effort: Effort | undefined
  readonly isDropped: boolean
  readonly refused?: Refusal
}

function effortOf(request: ChatRequest, profile: Profile): EffortChoice {
  const asked = request.reasoning_effort ?? undefined
  const isKnown = asked !== undefined && profile.effort[asked] !== undefined
  const isUnknown = asked !== undefined && !isKnown
  if (!profile.reasoningForbidsForcedTools || asked === 'none' || !isForced(request)) {
    return { effort: isKnown ? asked : undefined, isDropped: isUnknown }
  }
  // Reasoning is such a model's default, and it takes no forced tool then: the request is possible without it only.
  return { effort: 'none', isDropped: true, ...(isKnown && { refused: forcedTool }) }
}

const forcedTool: Refusal = {
  level: 'no',
  field: 'tool_choice',
  reason: 'this model takes no forced tool while it reasons',
}

function refusalOf(request: ChatRequest, profile: Profile): Refusal | undefined {
  const field = profile.refuseParams.find((name) => isTuned(request, name))
  if (field !== undefined) return { level: 'no', field, reason: `this server has no '${field}'` }
  return toolRefusal(request, profile) ?? partRefusal(request, profile) ?? formatRefusal(request, profile)
}

function toolRefusal({ tools, tool_choice }: ChatRequest, profile: Profile): Refusal | undefined {
  const custom = profile.customTools ? -1 : (tools ?? []).findIndex(({ type }) => type === 'custom')
  if (custom !== -1) return { level: 'no', field: `tools[${custom}]`, reason: 'this server takes function tools only' }
  const kind = choiceOf(tool_choice)
  // `none` is had by leaving the tools out, `auto` by saying nothing.
  if (kind === undefined || kind === 'none' || kind === 'auto' || profile.toolChoiceSubset.includes(kind)) return undefined
  // A tool by its name is the same as any tool, where there is no other.
  if (kind === 'named' && profile.toolChoiceSubset.includes('required')) return undefined
  return { level: 'no', field: 'tool_choice', reason: `this server has no tool choice '${kind}'` }
}

/** The form of a tool choice; a choice among allowed tools has the form of its mode. */
export function choiceOf(choice: ChatRequest['tool_choice']): ToolChoice | undefined {
  if (choice === undefined || choice === null) return undefined
  if (typeof choice === 'string') return choice
  if (choice.type === 'allowed_tools') return choice.allowed_tools.mode
  return 'named'
}

function isForced({ tool_choice }: ChatRequest): boolean {
  const kind = choiceOf(tool_choice)
  return kind === 'required' || kind === 'named'
}

const partFlags: Readonly<Record<string, 'imageInput' | 'audioInput' | 'fileInput' | 'videoInput'>> = {
  image_url: 'imageInput',
  input_audio: 'audioInput',
  file: 'fileInput',
  video_url: 'videoInput',
}

function partRefusal({ messages }: ChatRequest, profile: Profile): Refusal | undefined {
  for (const [index, { content }] of messages.entries()) {
    if (!Array.isArray(content)) continue
    for (const [position, part] of content.entries()) {
      const flag = partFlags[part.type]
      if (flag === undefined || profile[flag]) continue
      const field = `messages[${index}].content[${position}]`
      return { level: 'no', field, reason: `this server takes no '${part.type}' from this model's callers` }
    }
  }
  return undefined
}

function formatRefusal({ response_format }: ChatRequest, { jsonSchema }: Profile): Refusal | undefined {
  if (response_format?.type !== 'json_schema' || jsonSchema !== 'none') return undefined
  return { level: 'no', field: 'response_format', reason: 'this server has no structured output' }
}

function formatOf({ response_format }: ChatRequest, { jsonSchema, jsonObject }: Profile): Adaptation['format'] {
  if (response_format?.type === 'json_object') return jsonObject ? 'as it is' : 'prompt'
  if (response_format?.type !== 'json_schema') return 'as it is'
  return jsonSchema === 'native' || jsonSchema === 'none' ? 'as it is' : jsonSchema
}

/** The schema of a `json_schema` format. */
export function schemaOf({ response_format }: ChatRequest): JsonObject | undefined {
  return response_format?.type === 'json_schema' ? response_format.json_schema.schema : undefined
}

import { ModelyardError } from '../../errors.ts'
import type { FailureKind } from '../../contracts/failure.ts'
import { isObject } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import type { MediaLimits } from '../shared/media/limits.ts'
import type { Recogniser } from '../shared/recognise.ts'

/** The levels that `reasoning_effort` knows. */
export type Effort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max'

/** The forms of `tool_choice`. */
export type ToolChoice = 'none' | 'auto' | 'required' | 'named'

/** What other models of the same server do otherwise. Later variants go over earlier ones. */
export interface Variant {
  readonly model: RegExp
  readonly profile: Partial<Omit<Profile, 'variants' | 'refusals' | 'wire'>>
}

/**
 * In what a server differs from OpenAI's chat completions: data, every field of which an adapter's `profile` option may
 * replace. Fields of the request are named as OpenAI names them.
 */
export interface Profile {
  /** The wire format: OpenAI's, or Cohere's own v2. */
  readonly wire: 'openai' | 'cohere'

  // Requests: messages
  /** Whether the role `developer` is known; otherwise such messages are sent as `system`. */
  readonly developerRole: boolean
  /** Whether several system messages may follow each other; otherwise they become one. */
  readonly multiSystem: boolean
  /** Whether system messages are taken at the beginning only; otherwise later ones move there. */
  readonly systemFirstOnly: boolean
  /** Whether messages may carry a `name`. */
  readonly messageNames: boolean
  /** Whether content that is all text goes out as one string, because lists of parts are not understood. */
  readonly flatText: boolean
  readonly imageInput: boolean
  /** Whether an image may say how closely it is to be looked at. */
  readonly imageDetail: boolean
  readonly audioInput: boolean
  readonly fileInput: boolean
  readonly videoInput: boolean

  /** How many images, files and sounds it takes, and which. */
  readonly mediaLimits: MediaLimits
  /** Whether it fetches what is at web addresses; otherwise that is fetched on this side and sent as data. */
  readonly fetchesMedia: boolean

  // Requests: reasoning
  /** When assistant messages carry their reasoning back: never, where they have it, or always (empty where they have none). */
  readonly echoReasoning: 'never' | 'given' | 'always'
  /** The field it goes back in. */
  readonly echoField: string
  /** Whether `reasoning_details` go back, verbatim, to the server that they came from. */
  readonly reasoningDetails: boolean
  /** The fields of the body that each level of `reasoning_effort` becomes. A level that is missing is dropped with a note. */
  readonly effort: Readonly<Partial<Record<Effort, JsonObject>>>
  /** Fields that mean nothing while the model reasons, which is its default: left out with a note. */
  readonly idleWhileReasoning: readonly string[]
  /** Whether a forced tool (`required`, or by name) is refused while the model reasons, and reasoning is its default. */
  readonly reasoningForbidsForcedTools: boolean

  // Requests: tools and formats
  readonly toolChoiceSubset: readonly ToolChoice[]
  readonly customTools: boolean
  /** Whether objects in the schemas of tools are closed anyway, and `additionalProperties: false` is taken out of them. */
  readonly openToolSchemas: boolean
  /** The ids of tool calls that are accepted; others are replaced by nine letters and digits. */
  readonly toolIdPattern: RegExp | null
  /** How `json_schema` is served: by the server, by its JSON mode and an instruction, by an instruction alone, not at all. */
  readonly jsonSchema: 'native' | 'json_object' | 'prompt' | 'none'
  /**
   * The keywords of JSON Schema that a server with `json_schema` of its own holds its answers to, and of `format` which. What a
   * strict schema demands beyond them is checked here. None: its answers are checked as a whole.
   */
  readonly enforced: readonly string[]
  readonly enforcedFormats: readonly string[]
  /** Whether a schema may refer to itself. */
  readonly recursiveSchemas: boolean
  /** Whether the arguments of strict tools are held to the same keywords. */
  readonly strictTools: boolean
  /** The names of functions that are accepted; `null`: any. */
  readonly toolNames: RegExp | null
  readonly mostTools: number
  /** Whether there is a JSON mode; otherwise an instruction takes its place. */
  readonly jsonObject: boolean
  /** Whether its JSON mode may answer with something else, or with nothing: then its answers are checked here. */
  readonly looseJsonObject: boolean

  // Requests: parameters
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens'
  /** Fields that only tune, left out with a note. */
  readonly dropParams: readonly string[]
  /** The server's words for OpenAI's service tiers; a tier without one is left out with a note. */
  readonly serviceTiers: Readonly<Record<string, string>>
  /** Fields that change what the answer is: a request that sets one is not for this server. */
  readonly refuseParams: readonly string[]
  /** How usage is had on a stream: by `stream_options`, always, or by `stream_options` with the figures in `x_groq`. */
  readonly streamUsage: 'option' | 'always' | 'x_groq'
  /** What every body carries besides. */
  readonly extraBody: JsonObject

  // Answers
  /** Where the text of the reasoning is, first that is there; it becomes `reasoning_content`. */
  readonly reasoningFields: readonly string[]
  /** Where the usage is, first that is there. */
  readonly usagePath: readonly string[]
  /** Where the number of cached prompt tokens is, within the usage. */
  readonly cachedPath: readonly string[]
  /** Where the number of reasoning tokens is, within the usage. */
  readonly reasoningPath: readonly string[]
  /** Whether `completion_tokens` leaves reasoning out. Where the total tells, the total decides. */
  readonly reasoningOutside: boolean
  /** Whether more cached tokens than prompt tokens mean that the prompt leaves them out. */
  readonly cachedOutside: boolean
  /** Where the server's own bill is, in the answer, and how much of its unit makes a dollar; it becomes `usage.cost`. */
  readonly costPath: { readonly path: string; readonly perUsd: number } | null
  /** Finish reasons in OpenAI's words. */
  readonly finishMap: Readonly<Record<string, string>>
  /** Finish reasons that mean that the answer failed. */
  readonly finishFailures: Readonly<Record<string, FailureKind>>
  /** Whether `[DONE]` after the usage ends an answer even where no finish reason came. */
  readonly infersFinish: boolean
  /** The server's errors, where they say more than their status and the common words. First that fits. */
  readonly refusals: readonly Recogniser[]

  // Embeddings
  readonly embeddings: boolean
  /** How many inputs one call may have. */
  readonly embeddingInputs: number
  /** Whether an input may be tokens. */
  readonly embeddingTokens: boolean

  readonly variants: readonly Variant[]
}

/** The profile of a model: the server's, with what its variants change. */
export function profileOf(profile: Profile, model: string): Profile {
  const fitting = profile.variants.filter((variant) => variant.model.test(model))
  return fitting.length === 0 ? profile : fitting.reduce<Profile>((sum, variant) => ({ ...sum, ...variant.profile }), profile)
}

/**
 * A row's profile with the user's own on top. The user's fields win over the row's variants too.
 *
 * @throws {@link ModelyardError} `BAD_OPTION` for a field that no profile has, or of the wrong kind.
 */
export function mergeProfile(factory: string, row: Profile, own: Partial<Profile> | undefined): Profile {
  if (own === undefined) return row
  if (!isObject(own)) throw badProfile(factory, 'profile', 'an object')
  for (const [field, value] of Object.entries(own)) {
    const usual: unknown = Object.entries(row).find(([name]) => name === field)?.[1]
    if (usual === undefined) throw badProfile(factory, `profile.${field}`, `one of ${Object.keys(row).join(', ')}`)
    if (value !== undefined && !isAlike(value, usual)) throw badProfile(factory, `profile.${field}`, `a ${typeof usual}`)
  }
  const { variants: _, ...fields } = own
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  const over: Variant = { model: /(?:)/, profile: given }
  return { ...row, ...given, variants: [...row.variants, over, ...(own.variants ?? [])] }
}

function isAlike(value: unknown, usual: unknown): boolean {
  if (value === null || usual === null) return typeof value === 'object' && typeof usual === 'object'
  return typeof value === typeof usual && Array.isArray(value) === Array.isArray(usual)
}

function badProfile(factory: string, field: string, wanted: string): ModelyardError {
  return new ModelyardError('BAD_OPTION', `${factory}({ ${field} }) must be ${wanted}.`, { field: `${factory}.${field}` })
}

import type { Support } from '../../contracts/adapter.ts'
import type { ChatRequest } from '../../contracts/chat.ts'
import { asItIs, type Dialect } from '../shared/schema/dialect.ts'
import { leftBy } from '../shared/schema/left.ts'
import { toolFault } from '../shared/tool-rules.ts'
import type { Adaptation } from './adapt.ts'
import type { Profile } from './profile.ts'

type No = Extract<Support, { level: 'no' }>

/** What the server leaves of a request's JSON promises; or which of them it cannot serve. */
export function unenforcedIn(request: ChatRequest, profile: Profile, format: Adaptation['format']): readonly string[] | No {
  const dialect = dialectOf(profile)
  const left = leftBy(
    { format: format === 'as it is' ? dialect : undefined, tools: profile.strictTools ? dialect : undefined },
    request,
  )
  if ('level' in left || isStrict(request)) return left
  const isLoose = format !== 'as it is' || (profile.looseJsonObject && request.response_format?.type === 'json_object')
  return isLoose ? [...left, 'response_format'] : left
}

function dialectOf({ enforced, enforcedFormats, recursiveSchemas }: Profile): Dialect | undefined {
  if (enforced.length === 0) return undefined
  return asItIs(enforced, { formats: new Set(enforcedFormats), recursion: recursiveSchemas ? 'allowed' : 'refused' })
}

function isStrict({ response_format: format }: ChatRequest): boolean {
  return format?.type === 'json_schema' && format.json_schema.strict === true
}

/** A function that the server would refuse. */
export function namingProblem(request: ChatRequest, { toolNames, mostTools }: Profile): No | undefined {
  const words = toolNames === null ? '' : `must match ${toolNames.source}`
  const fault = toolFault(request, { name: toolNames ?? /(?:)/, words, most: mostTools })
  return fault === undefined ? undefined : { level: 'no', ...fault }
}

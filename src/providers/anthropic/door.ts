import type { ModelCard } from '../../contracts/catalog.ts'
import type { ChatRequest } from '../../contracts/chat.ts'
import { claudeRules, inCloud, type ClaudeRules } from '../shared/claude/rules.ts'
import type { JsonObject } from '../shared/json.ts'
import { unsupported } from '../shared/notes.ts'

/** A way to Claude: its maker's own API, or a cloud that serves its models in the same format. */
export interface Door {
  /** What a model accepts here, by its name. */
  readonly rules: (model: string) => ClaudeRules
  /** The name of the model on the wire. Default: as it was asked for. */
  readonly wireName?: (model: string, card: ModelCard | undefined) => string
  /** Whether it fetches images and documents, by their address or by the id of an upload. */
  readonly fetches: boolean
  /** Whether it runs tools of its own whose calls and results can be sent back. */
  readonly serverTools: boolean
  /** Whether its catalog has models of other makers, which are not served in this format. */
  readonly otherMakers: boolean
  /** How capacity is chosen; `undefined` where there is nothing like what is asked for. */
  readonly tier: (asked: ServiceTier, rules: ClaudeRules) => Beside | undefined
  /** What goes into every body. */
  readonly fields?: JsonObject
  /** What a body needs beside it: an API version, a beta. */
  readonly headers?: (body: JsonObject) => Headers
}

/** What a field of the request becomes: fields of the body, headers beside it. */
export interface Beside {
  readonly body?: JsonObject
  readonly headers?: Headers
}

type Headers = Readonly<Record<string, string>>
type ServiceTier = NonNullable<ChatRequest['service_tier']>

/** Anthropic's own API. */
export const ownDoor: Door = {
  rules: claudeRules,
  fetches: true,
  serverTools: true,
  otherMakers: false,
  // `flex`, `priority` and `scale` have no counterpart that a request could choose.
  tier(asked, { fast }) {
    if (asked === 'auto') return { body: { service_tier: 'auto' } }
    if (asked === 'default') return { body: { service_tier: 'standard_only' } }
    return asked === 'fast' && fast ? { body: { speed: 'fast' } } : undefined
  },
  headers: (body) => ({
    // Since 2026-10-21 sampling is refused, even at its defaults.
    ...(samples(body) && { 'anthropic-version': '2023-06-01' }),
    // Some models want it with any `speed` (the SDK's own types).
    ...(body['speed'] !== undefined && { 'anthropic-beta': 'fast-mode-2026-02-01' }),
  }),
}

function samples(body: JsonObject): boolean {
  return ['temperature', 'top_p', 'top_k'].some((field) => body[field] !== undefined)
}

/**
 * The vendor's pages on Claude in the clouds ("Claude on Amazon Bedrock", "Claude in Amazon Bedrock", "Claude on Google
 * Cloud", read November 2026) list what none of them has: addresses and uploads as sources of images and documents, and
 * tools that run at the vendor, Google's web search excepted. Nor do they know tiers of the maker's.
 */
const cloud = {
  fetches: false,
  serverTools: false,
  tier: (asked: ServiceTier): Beside | undefined => (asked === 'auto' || asked === 'default' ? {} : undefined),
} as const

/**
 * `InvokeModel` of the Bedrock runtime. The SDK would send the API version 2026-10-21, which the models up to Opus 4.6
 * refuse there; this one is AWS's own, which all of them know.
 */
export const runtimeDoor: Door = {
  ...cloud,
  otherMakers: true,
  rules: (model) => ({ ...inCloud(claudeRules(model)), webSearch: 'none' }),
  // AWS's own tiers, as `InvokeModel` takes them (`serviceTier` of @aws-sdk/client-bedrock-runtime 3.1164).
  tier: (asked) =>
    asked === 'flex' || asked === 'priority' ? { headers: { 'x-amzn-bedrock-service-tier': asked } } : cloud.tier(asked),
  fields: { anthropic_version: 'bedrock-2023-05-31' },
}

/**
 * The Messages API of Bedrock Mantle. AWS's guide "Inference using Anthropic Messages API" names the version. Its guide to
 * structured outputs said that `output_config.format` is answered with 400 here; its newest edition (November 2026) says that
 * this depends on the model, and names none.
 */
export const mantleDoor: Door = {
  ...cloud,
  otherMakers: true,
  rules: (model) => ({ ...inCloud(claudeRules(model)), webSearch: 'none', structured: false }),
  headers: () => ({ 'anthropic-version': '2023-06-01' }),
}

/** `rawPredict` of Vertex AI, with the one API version that the vendor's page allows, and its basic web search. */
export const vertexDoor: Door = {
  ...cloud,
  otherMakers: false,
  rules: (model) => ({ ...inCloud(claudeRules(model)), webSearch: 'web_search_20250305' }),
  // Google dates a model by `@`: `claude-sonnet-4-5@20250929`.
  wireName: (model, card) => (card?.id.startsWith(`${model}@`) === true ? card.id : model.replace(/-(\d{8})$/, '@$1')),
  fields: { anthropic_version: 'vertex-2023-10-16' },
}

/**
 * The name that tells which Claude is asked: an ARN does not, but the card may, in its id or aliases.
 *
 * @throws {@link AttemptError} `invalid_request` where the card is one of another maker's model.
 */
export function claudeName(model: string, card: ModelCard | undefined, { otherMakers }: Pick<Door, 'otherMakers'>): string {
  const found = [model, card?.id ?? '', ...(card?.aliases ?? [])].find((name) => /claude/i.test(name))
  if (found === undefined && card !== undefined && otherMakers) throw unsupported('model', 'only Claude is served in this format')
  return found ?? model
}

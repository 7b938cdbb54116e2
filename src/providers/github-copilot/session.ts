import type { AdapterCall } from '../../contracts/adapter.ts'
import type { Secret } from '../../contracts/secret.ts'
import { unsupported } from '../shared/notes.ts'
import type { CopilotOptions } from './options.ts'
import type { Translated } from './request.ts'
import type { SessionMessage, SessionSettings } from './sdk.ts'

/**
 * The configuration of a session that is one model call and nothing else. What the runtime's `mode: 'empty'` leaves out
 * already is said again, for a client of the user's own that is in another mode.
 */
export function sessionConfig(
  { model, secret, providerOptions }: AdapterCall,
  { config }: Translated,
  options: CopilotOptions,
): SessionSettings {
  return {
    ...bare,
    ...config,
    model,
    ...ownProvider(options, secret),
    ...fromCaller(providerOptions),
  }
}

const bare = {
  streaming: true,
  includeSubAgentStreamingEvents: false,
  infiniteSessions: { enabled: false },
  memory: { enabled: false },
  enableConfigDiscovery: false,
  enableFileHooks: false,
  enableHostGitOperations: false,
  enableOnDemandInstructionDiscovery: false,
  enableSessionStore: false,
  enableSessionTelemetry: false,
  enableSkills: false,
  skipCustomInstructions: true,
  skipEmbeddingRetrieval: true,
  remoteSession: 'off',
  // GitHub's own tool server is connected even where no tool may be used.
  disabledMcpServers: ['github-mcp-server'],
} as const satisfies Partial<SessionSettings>

/** The vendor of the user's own, with this call's key. */
function ownProvider({ provider, baseURL }: CopilotOptions, secret: Secret): Pick<SessionSettings, 'provider'> {
  if (provider === undefined || baseURL === undefined) return {}
  const { type = 'openai', wireApi, apiVersion } = provider
  return {
    provider: {
      type,
      baseUrl: baseURL,
      apiKey: secret.reveal(),
      ...(wireApi !== undefined && { wireApi }),
      ...(apiVersion !== undefined && { azure: { apiVersion } }),
    },
  }
}

/** What a call may set of its session: nothing that gives the session tools, files or another address. */
const callerOptions = {
  reasoningSummary: ['none', 'concise', 'detailed'],
  contextTier: ['default', 'long_context'],
  autoTier: ['efficiency', 'balance', 'intelligence', 'fast'],
} as const

function fromCaller(
  given: AdapterCall['providerOptions'] = {},
): Pick<SessionSettings, 'reasoningSummary' | 'contextTier' | 'capi'> {
  for (const name of Object.keys(given))
    if (!Object.hasOwn(callerOptions, name))
      throw unsupported(`providerOptions.${name}`, `there are ${Object.keys(callerOptions).join(', ')}`)
  const reasoningSummary = one(callerOptions.reasoningSummary, given, 'reasoningSummary')
  const contextTier = one(callerOptions.contextTier, given, 'contextTier')
  const autoTier = one(callerOptions.autoTier, given, 'autoTier')
  return {
    ...(reasoningSummary !== undefined && { reasoningSummary }),
    ...(contextTier !== undefined && { contextTier }),
    // What goes over a WebSocket cannot be handed over as a request.
    capi: { enableWebSocketResponses: false, ...(autoTier !== undefined && { autoTier }) },
  }
}

function one<Value extends string>(
  values: readonly Value[],
  given: Readonly<Record<string, unknown>>,
  name: string,
): Value | undefined {
  if (given[name] === undefined) return undefined
  const value = values.find((each) => each === given[name])
  if (value === undefined) throw unsupported(`providerOptions.${name}`, `must be one of ${values.join(', ')}`)
  return value
}

/** The one message of a session. */
export function messageOf(
  { headers }: Pick<AdapterCall, 'headers'>,
  { prompt }: Translated,
  options: CopilotOptions,
): SessionMessage {
  const own = Object.entries({ ...options.headers, ...headers })
  const requestHeaders = Object.fromEntries(own.filter((entry): entry is [string, string] => isSent(...entry)))
  return {
    prompt: prompt.text,
    ...(prompt.images.length > 0 && { attachments: [...prompt.images] }),
    ...(Object.keys(requestHeaders).length > 0 && { requestHeaders }),
  }
}

/** No header of a call changes the credential; and the runtime can add headers, but not leave out its own. */
function isSent(name: string, value: string | null): boolean {
  return value !== null && !/^(?:authorization|api-key|x-api-key)$/i.test(name)
}

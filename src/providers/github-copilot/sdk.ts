import { ModelyardError } from '../../errors.ts'
import { absent, sdkLoader } from '../shared/load-sdk.ts'
import type { RawEvent } from './events.ts'

/*
 * The SDK's own declarations are not used: those of 1.0.14 fail a type check with `skipLibCheck: false` and
 * `exactOptionalPropertyTypes` wherever they come in, at ours and at our users'. So what is used of it is declared here, in
 * its words, and a test holds that against its declarations; its name is put together where it is imported, which keeps the
 * compiler from following it, while bundlers do.
 */

/** What the adapter uses of the SDK's client: a `CopilotClient` is one, and so is a small fake. */
export interface RuntimeClient {
  start(): Promise<void>
  /** Resolves with what went wrong on the way. */
  stop(): Promise<readonly Error[]>
  forceStop(): Promise<void>
  ping(): Promise<unknown>
  createSession(config: SessionConfig): Promise<RuntimeSession>
  deleteSession(sessionId: string): Promise<void>
}

/** What the adapter uses of a session. */
export interface RuntimeSession {
  send(message: SessionMessage): Promise<unknown>
  abort(): Promise<void>
  disconnect(): Promise<void>
}

/** The configuration of a session, as far as it is set here. */
export interface SessionConfig extends SessionSettings {
  readonly sessionId: string
  readonly onEvent: (event: RawEvent) => void
}

/** What a session is like. */
export interface SessionSettings {
  readonly model: string
  readonly streaming: boolean
  readonly systemMessage: { readonly mode: 'replace'; readonly content: string }
  readonly availableTools: string[]
  readonly tools?: SessionTool[]
  readonly toolSearch?: { readonly enabled: boolean }
  readonly reasoningEffort?: 'low' | 'medium' | 'high' | 'xhigh' | 'max'
  readonly reasoningSummary?: 'none' | 'concise' | 'detailed'
  readonly contextTier?: 'default' | 'long_context'
  readonly capi?: {
    readonly autoTier?: 'efficiency' | 'balance' | 'intelligence' | 'fast'
    readonly enableWebSocketResponses?: boolean
  }
  readonly provider?: {
    readonly type: 'openai' | 'azure' | 'anthropic'
    readonly baseUrl: string
    readonly apiKey: string
    readonly wireApi?: 'completions' | 'responses'
    readonly azure?: { readonly apiVersion: string }
  }
  readonly disabledMcpServers?: string[]
  readonly enableConfigDiscovery?: boolean
  readonly enableFileHooks?: boolean
  readonly enableHostGitOperations?: boolean
  readonly enableOnDemandInstructionDiscovery?: boolean
  readonly enableSessionStore?: boolean
  readonly enableSessionTelemetry?: boolean
  readonly enableSkills?: boolean
  readonly includeSubAgentStreamingEvents?: boolean
  readonly infiniteSessions?: { readonly enabled: boolean }
  readonly memory?: { readonly enabled: boolean }
  readonly remoteSession?: 'off'
  readonly skipCustomInstructions?: boolean
  readonly skipEmbeddingRetrieval?: boolean
}

/** A tool that is declared and run by nobody. */
export interface SessionTool {
  readonly name: string
  readonly description?: string
  readonly parameters: Record<string, unknown>
  readonly skipPermission: boolean
  readonly overridesBuiltInTool: boolean
  readonly defer: 'never'
}

/** What a session is sent. */
export interface SessionMessage {
  readonly prompt: string
  readonly attachments?: ImageBlob[]
  readonly requestHeaders?: Record<string, string>
}

/** An image that travels with the prompt. */
export interface ImageBlob {
  readonly type: 'blob'
  /** Base64. */
  readonly data: string
  readonly mimeType: string
  readonly displayName: string
}

/** How the SDK's client is built, as far as it is set here. */
export interface ClientSettings {
  readonly mode: 'empty'
  readonly connection: unknown
  readonly baseDirectory: string
  readonly workingDirectory: string
  readonly useLoggedInUser: boolean
  readonly logLevel: 'none'
  readonly gitHubToken?: string
  readonly requestHandler?: RequestHandler
}

/** The SDK's `CopilotRequestHandler`: it is given each model request in place of the network. */
export interface RequestHandler {
  sendRequest(request: Request, context: { readonly sessionId?: string; readonly signal: AbortSignal }): Promise<Response>
}

/** What the adapter uses of the SDK. */
export interface CopilotSdk {
  readonly CopilotClient: new (settings: ClientSettings) => RuntimeClient
  readonly CopilotRequestHandler: new () => object
  readonly RuntimeConnection: { forStdio(options: { env: Record<string, string> }): unknown }
}

/** The SDK's name, which is also that of its peer dependency. */
export const packageName = '@github/copilot-sdk'

/** Loads the SDK on its first use. */
export function copilotSdk(): () => Promise<CopilotSdk> {
  return sdkLoader(packageName, async () => {
    // oxlint-disable-next-line no-useless-concat -- see above
    const loaded: unknown = await import('@github/' + 'copilot-sdk').catch(absent)
    if (isSdk(loaded)) return loaded
    const message = `The installed version of '${packageName}' has not what is used of it. Install version 1.0.14 or later.`
    throw new ModelyardError('MISSING_SDK', message, { field: packageName })
  })
}

function isSdk(loaded: unknown): loaded is CopilotSdk {
  if (typeof loaded !== 'object' || loaded === null) return false
  const names = ['CopilotClient', 'CopilotRequestHandler', 'RuntimeConnection']
  return names.every((name) => name in loaded && Reflect.get(loaded, name) !== undefined)
}

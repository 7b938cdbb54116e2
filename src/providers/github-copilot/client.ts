import type { Secret } from '../../contracts/secret.ts'
import { AttemptError, ModelyardError } from '../../errors.ts'
import type { Exchanges } from './exchanges.ts'
import type { CopilotOptions } from './options.ts'
import type { Hosted } from './runtime.ts'
import { scratch } from './scratch.ts'
import { copilotSdk, packageName } from './sdk.ts'
import type { ClientSettings, CopilotSdk, RequestHandler, RuntimeClient } from './sdk.ts'

/** What starts a runtime for a key. `exchanges` sends its model requests; a client of the user's own does so itself. */
export function runtimeStarter(options: CopilotOptions, exchanges: Exchanges | undefined): (secret: Secret) => Promise<Hosted> {
  const { client } = options
  // The user's own: started if it is not yet, and left running.
  if (typeof client === 'object') return async () => ({ client: await started(client), close: () => Promise.resolve() })
  if (typeof client === 'function')
    return async (secret) => {
      const built = await started(await client(secret))
      return { client: built, close: () => stopped(built) }
    }
  const load = copilotSdk()
  const directories = scratch()
  return async (secret) => {
    const sdk = await load()
    const directory = await directories.make()
    const remove = (): Promise<void> => directories.remove(directory)
    const connection = sdk.RuntimeConnection.forStdio({ env: environment(options, directory) })
    const requestHandler = exchanges === undefined ? {} : { requestHandler: handler(sdk, exchanges) }
    try {
      const built = new sdk.CopilotClient({ ...settings(directory), ...identity(options, secret), ...requestHandler, connection })
      await started(built)
      letGo(built)
      return { client: built, close: () => stopped(built).then(remove, remove) }
    } catch (error) {
      await remove()
      throw error
    }
  }
}

/** A runtime that has no tools, reads no configuration, knows no logged-in user and says nothing to GitHub of its use. */
function settings(directory: string): Omit<ClientSettings, 'connection'> {
  return {
    mode: 'empty',
    baseDirectory: directory,
    workingDirectory: directory,
    useLoggedInUser: false,
    logLevel: 'none',
  }
}

/** With a vendor of the user's own the runtime has no identity: each session brings the vendor's key. */
function identity({ provider }: CopilotOptions, secret: Secret): Pick<ClientSettings, 'gitHubToken'> {
  return provider === undefined ? { gitHubToken: secret.reveal() } : {}
}

/**
 * The runtime's whole environment: what it could find in the user's home is not there. The SDK has no option for the address of
 * Copilot's API, but its runtime (1.0.85) takes it from here.
 */
function environment({ baseURL, provider, env }: CopilotOptions, directory: string): Record<string, string> {
  const address = baseURL === undefined || provider !== undefined ? {} : { COPILOT_API_URL: baseURL.replace(/\/+$/, '') }
  return { HOME: directory, USERPROFILE: directory, ...address, ...env }
}

function handler({ CopilotRequestHandler }: CopilotSdk, exchanges: Exchanges): RequestHandler {
  return new (class extends CopilotRequestHandler implements RequestHandler {
    sendRequest(request: Request, { sessionId, signal }: Parameters<RequestHandler['sendRequest']>[1]): Promise<Response> {
      return exchanges.send({ request, sessionId, signal })
    }
  })()
}

async function started<Client extends RuntimeClient>(client: Client): Promise<Client> {
  try {
    await client.start()
    return client
  } catch (error) {
    throw startFailure(error)
  }
}

/** Words of the SDK for a runtime that is not there (1.0.14, runtimeArtifacts.js and client.js). */
const missingRuntime =
  /^(?:Could not resolve @github\/|@github\/\S+ is missing required|Copilot CLI not found)|^Unsupported Copilot CLI/

function startFailure(cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : 'unknown reason'
  if (!missingRuntime.test(reason)) return new AttemptError('unusable', `The Copilot runtime did not start: ${reason}`, { cause })
  const fix = `It is an optional dependency of the SDK. Run: npm install ${packageName} --include=optional`
  return new ModelyardError('MISSING_SDK', `There is no Copilot runtime for this platform: ${reason} ${fix}`, {
    field: packageName,
    cause,
  })
}

async function stopped(client: RuntimeClient): Promise<void> {
  const problems = await client.stop().catch(() => ['stop() failed'])
  if (problems.length > 0) await client.forceStop()
}

/**
 * Lets the application end although a runtime is idle: it ends with its input, when the application does. What the SDK
 * (1.0.14) offers no option for is reached by its private names, and nothing breaks where those change.
 */
function letGo(client: RuntimeClient): void {
  const child = Reflect.get(client, 'cliProcess')
  const pipes = ['stdin', 'stdout', 'stderr'].map((name) => fieldOf(child, name))
  for (const handle of [Reflect.get(client, 'cliStartTimeout'), child, ...pipes]) {
    const unref = fieldOf(handle, 'unref')
    if (typeof unref === 'function') Reflect.apply(unref, handle, [])
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

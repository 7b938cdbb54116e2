import type * as Sdk from '@google/genai'
import type { Secret } from '../../contracts/secret.ts'
import { AttemptError, ModelyardError } from '../../errors.ts'
import { buildError, checkOrigin, Envelopes, type Envelope } from '../shared/envelopes.ts'
import { redact } from '../shared/http.ts'
import { isObject, type JsonObject } from '../shared/json.ts'
import type { Fetch } from '../shared/options.ts'
import { plainBody } from './body.ts'
import type { GenerateContent } from './wire.ts'

type Parameters = { readonly model: string; readonly contents: unknown; readonly config?: unknown }

/** What the adapter uses of the SDK's client: a `GoogleGenAI` is one. */
export interface GenAIClient {
  readonly models: {
    generateContent(parameters: Parameters): Promise<unknown>
    generateContentStream(parameters: Parameters): Promise<unknown>
    embedContent(parameters: Parameters): Promise<unknown>
  }
}

/** Which service the SDK is told to speak to, all of it explicit. */
export interface Service {
  readonly vertexai: boolean
  readonly baseURL: string
  readonly apiVersion: string
  readonly project?: string | undefined
  readonly location?: string | undefined
  readonly googleAuthOptions?: Sdk.GoogleGenAIOptions['googleAuthOptions']
}

/** The SDK's functions, each of which makes one request. */
export type Method = keyof GenAIClient['models']

/** A client on which no environment variable has any influence: whatever one could set is given. */
export function build(
  { GoogleGenAI }: typeof Sdk,
  { secret, service }: { readonly secret: Secret; readonly service: Service },
): GenAIClient {
  const { vertexai, baseURL, apiVersion, project, location, googleAuthOptions } = service
  return new GoogleGenAI({
    vertexai,
    apiVersion,
    httpOptions: { baseUrl: baseURL, apiVersion },
    ...(project === undefined || location === undefined ? {} : { project, location }),
    // The SDK writes into these options.
    ...(googleAuthOptions === undefined ? { apiKey: secret.reveal() } : { googleAuthOptions: { ...googleAuthOptions } }),
  })
}

/** A request that is ready to be sent, but for headers of ours. */
export interface Written {
  readonly url: string
  readonly init: RequestInit
}

/** Writes the requests of one client with one key. */
export interface Writer {
  readonly client: GenAIClient
  /** Where a request is not `plain`, it may have anything in it. */
  readonly write: (request: GenerateContent, method: Method, options: { readonly plain: boolean }) => Written | Promise<Written>
}

/** The writer for a client; one of the user's own is of no service that we know. */
export function writerFor(client: GenAIClient, secret: Secret, service?: Service): Writer {
  const bySdk = async (request: GenerateContent, method: Method): Promise<Written> => {
    const written = await writtenBySdk({ client, request, method, secret })
    if (service !== undefined) checkOrigin(written.url, service.baseURL)
    return written
  }
  // A client of the user's own may have another key every time, and an access token does not last.
  if (service === undefined || service.googleAuthOptions !== undefined) return { client, write: bySdk }
  const envelopes = (method: Method): Envelopes =>
    new Envelopes(service.baseURL, async (model) => {
      const { url, init } = await bySdk({ ...blank, model }, method)
      return { url, headers: new Headers(init.headers) }
    })
  const kinds = { generateContent: envelopes('generateContent'), generateContentStream: envelopes('generateContentStream') }
  return {
    client,
    write(request, method, { plain }) {
      const body = plain && method !== 'embedContent' ? plainBody(request) : undefined
      if (body === undefined || method === 'embedContent') return bySdk(request, method)
      const envelope = kinds[method].of(request.model)
      return envelope instanceof Promise ? envelope.then((made) => filled(made, body)) : filled(envelope, body)
    },
  }
}

function filled({ url, headers }: Envelope, body: JsonObject): Written {
  return { url, init: { method: 'POST', headers, body: JSON.stringify(body) } }
}

/** Something to send, for a request that is only to show where it goes. */
const blank = { contents: [{ role: 'user', parts: [{ text: ' ' }] }], config: {} } as const

interface Writing {
  readonly client: GenAIClient
  readonly request: GenerateContent
  readonly method: Method
  readonly secret: Secret
}

/** The SDK would make further requests by itself. */
const alone = { automaticContinuation: false, automaticFunctionCalling: { disable: true } }

/** The request that the SDK would send. It gets an empty answer; for a stream it does not even look at it. */
async function writtenBySdk({ client, request, method, secret }: Writing): Promise<Written> {
  const requests: Written[] = []
  const fetch: Fetch = (input, init = {}) => {
    requests.push({ url: input instanceof Request ? input.url : String(input), init })
    return Promise.resolve(new Response('{}', { headers: { 'content-type': 'application/json' } }))
  }
  const { model, contents, config } = request
  try {
    await client.models[method]({
      model,
      contents,
      config: { ...config, ...(method === 'embedContent' ? {} : alone), httpOptions: { fetch } },
    })
  } catch (error) {
    if (requests.length === 0) throw notBuilt(error, secret)
  }
  const [only, second] = requests
  if (only === undefined || second !== undefined) {
    throw new AttemptError('internal', `The SDK made ${requests.length} requests of one call.`)
  }
  return only
}

/** What went wrong before anything was sent: the credential could not be had, or the SDK refuses what it was given. */
function notBuilt(error: unknown, secret: Secret): unknown {
  if (ModelyardError.is(error) || !(error instanceof Error)) return error
  const message = redact(error.message, secret)
  if (/only supports|only supported in|is required|are required|invalid model|not supported/i.test(message))
    return new AttemptError('invalid_request', message)
  if (isObject(error) && isObject(error['response'])) return new AttemptError('auth', `No access token: ${message}`)
  if (/default credentials|access token|refresh token|metadata server/i.test(message)) return new AttemptError('auth', message)
  return buildError(error, secret)
}

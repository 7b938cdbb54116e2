import type { GoogleGenAIOptions } from '@google/genai'
import type { ProviderAdapter } from '../../contracts/adapter.ts'
import type { ChatCompletion } from '../../contracts/chat.ts'
import { ModelyardError } from '../../errors.ts'
import { bodyText } from '../shared/body-text.ts'
import { embeddingSupport } from '../shared/embeddings.ts'
import { eventStream } from '../shared/event-stream.ts'
import type { JsonObject } from '../shared/json.ts'
import { chunksFor, completionFor } from '../shared/legacy.ts'
import { absent, sdkLoader } from '../shared/load-sdk.ts'
import { checkMedia, type MediaLimitsOption, type MediaOption } from '../shared/media/options.ts'
import { withLimits } from '../shared/media/with-limits.ts'
import { withMedia } from '../shared/media/with-media.ts'
import { takeNotes } from '../shared/notes.ts'
import { aName, anObject, checkOptions } from '../shared/options.ts'
import type { AdapterOptions } from '../shared/options.ts'
import { serviceOf } from '../shared/service.ts'
import type { Streamed } from '../shared/streamed-body.ts'
import { eventsIn, objectOf } from './answer.ts'
import { sender } from './client.ts'
import type { GenAIClient, Service } from './sdk.ts'
import { toEmbedContent, toEmbeddings } from './embeddings.ts'
import { toFailure } from '../shared/google/failure.ts'
import { hostOf, regionOf } from '../shared/google/locations.ts'
import { geminiMedia, vertexLimits } from './limits.ts'
import { toGenerateContent } from './request.ts'
import { toChatCompletion } from './response.ts'
import { StreamTranslator } from './stream.ts'
import { supportOf } from './supports.ts'
import type { Dialect } from './wire.ts'

/** Options of {@link google}. The key is by default the key store's `GEMINI_API_KEY`. */
export interface GoogleOptions extends AdapterOptions<GenAIClient>, MediaOption {
  /** Default: `v1beta`. */
  readonly apiVersion?: string | undefined
}

type AuthOptions = NonNullable<GoogleGenAIOptions['googleAuthOptions']>

/**
 * Options of {@link vertex}. Without `googleAuthOptions` or `authClient` it uses a key, as express mode has it: by default
 * the key store's `GOOGLE_CLOUD_API_KEY`.
 */
export interface VertexOptions extends AdapterOptions<GenAIClient>, MediaLimitsOption {
  /** The Google Cloud project. Needed for everything but express mode. */
  readonly project?: string | undefined
  /** Where the models run: `europe-west4`, `eu`, `us`, `global`. Default: `global`. */
  readonly location?: string | undefined
  /** Default: `v1beta1`. */
  readonly apiVersion?: string | undefined
  /** How to get access tokens, as `google-auth-library` takes it. An empty object means the application default credentials. */
  readonly googleAuthOptions?: AuthOptions | undefined
  /** A ready auth client; short for `googleAuthOptions: { authClient }`. */
  readonly authClient?: AuthOptions['authClient'] | undefined
}

/**
 * The Gemini API with a key. It speaks `v1beta`: the SDK's own default is `v1`, but it writes the same body for either, and
 * tools, system instructions, thinking and JSON schemas are documented for `v1beta`, of which `v1` is a part.
 *
 * @throws `ModelyardError` `BAD_OPTION` on an option that is unknown or wrong.
 */
export function google(options: GoogleOptions = {}): ProviderAdapter {
  checkOptions('google', options, { apiVersion: aVersion, media: undefined })
  checkMedia('google', options.media)
  const { baseURL = 'https://generativelanguage.googleapis.com', apiVersion = 'v1beta', region } = options
  const gemini = adapter({
    options,
    id: options.id ?? 'google',
    key: options.key ?? (typeof options.client === 'object' ? null : 'GEMINI_API_KEY'),
    region,
    dialect: { backend: 'gemini', stateOwner: 'google' },
    service: { vertexai: false, baseURL, apiVersion },
  })
  return withMedia(gemini, geminiMedia, options.media)
}

/**
 * The same models on Vertex AI. Its `provider_state` has an owner of its own: some parts that the Gemini API writes are
 * refused by Vertex (the SDK throws for `toolCall`, `toolResponse` and `partMetadata`), and nothing says that one service
 * accepts the other's thought signatures. A conversation that moves goes on without them.
 *
 * @throws `ModelyardError` `BAD_OPTION` on an option that is unknown, wrong or missing.
 */
export function vertex(options: VertexOptions = {}): ProviderAdapter {
  checkOptions('vertex', options, vertexOptions)
  checkMedia('vertex', options.media, { downloads: false })
  const { project, apiVersion = 'v1beta1' } = options
  const googleAuthOptions = authOf(options)
  const location = options.location ?? (project === undefined ? undefined : 'global')
  checkVertex(options, googleAuthOptions !== undefined)
  const keyless = googleAuthOptions !== undefined || typeof options.client === 'object'
  const own = adapter({
    options,
    id: options.id ?? 'vertex',
    key: options.key ?? (keyless ? null : 'GOOGLE_CLOUD_API_KEY'),
    region: options.region ?? regionOf(location),
    dialect: { backend: 'vertex', stateOwner: 'vertex' },
    service: { vertexai: true, baseURL: options.baseURL ?? hostOf(location), apiVersion, project, location, googleAuthOptions },
  })
  return withLimits(own, vertexLimits, options.media)
}

/** Versions, projects and locations become parts of addresses. */
const aVersion = aName(/^[\w.-]+$/)
const vertexOptions = {
  project: aName(/^[\w.:-]+$/),
  location: aName(/^[a-z0-9-]+$/),
  apiVersion: aVersion,
  googleAuthOptions: anObject,
  authClient: anObject,
  media: undefined,
}

function authOf({ googleAuthOptions, authClient }: VertexOptions): AuthOptions | undefined {
  return googleAuthOptions ?? (authClient === undefined ? undefined : { authClient })
}

/** Half of project and location would let the environment fill in the other half. */
function checkVertex({ project, location, key, client }: VertexOptions, hasAuth: boolean): void {
  if (project === undefined && client === undefined && (location !== undefined || hasAuth)) {
    const message = 'vertex({ project }) is missing: everything but express mode (a key alone) needs the Google Cloud project.'
    throw new ModelyardError('BAD_OPTION', message, { field: 'vertex.project' })
  }
  if (!hasAuth || key === undefined) return
  throw new ModelyardError('BAD_OPTION', 'vertex() takes either a key or googleAuthOptions/authClient, got both.', {
    field: 'vertex.key',
  })
}

interface Parts {
  readonly options: AdapterOptions<GenAIClient>
  readonly id: string
  readonly key: ProviderAdapter['key']
  readonly region: string | undefined
  readonly dialect: Dialect
  readonly service: Service
}

function adapter({ options, id, key, region, dialect, service }: Parts): ProviderAdapter {
  const send = sender(options, service)
  const { stateOwner, backend } = dialect
  return {
    id,
    key,
    catalog: 'google',
    ...serviceOf(backend === 'gemini' ? 'google' : 'vertex', options, service.baseURL),
    stateOwner,
    ...(options.models === undefined ? {} : { models: options.models }),
    ...(region === undefined ? {} : { region }),
    ...(options.client === undefined && { loadSdk: sdkLoader('@google/genai', () => import('@google/genai').catch(absent)) }),
    supports: (request, _card, model) => supportOf({ request, model }, dialect),
    async complete(call) {
      const { model, request } = call
      const response = await send(call, toGenerateContent(call, dialect), 'generateContent')
      return completionFor(
        request,
        toChatCompletion(objectOf(await bodyText(response, call.signal)), { request, model, stateOwner }),
      )
    },
    stream: (call) => {
      const { model, request, signal } = call
      const context = { request, model, stateOwner }
      const translator = new StreamTranslator(context)
      const completion = (answer: JsonObject): ChatCompletion => toChatCompletion(answer, context)
      const open = async (): Promise<Streamed> =>
        eventsIn(await send(call, toGenerateContent(call, dialect), 'generateContentStream'), signal, { translator, completion })
      return chunksFor(request, eventStream({ open, translator, signal }))
    },
    async embed(call) {
      const response = await send(call, toEmbedContent(call, { backend, notes: takeNotes() }), 'embedContent')
      return toEmbeddings(objectOf(await bodyText(response, call.signal)), call)
    },
    supportsEmbedding: (request, _card, model) =>
      embeddingSupport((notes) => toEmbedContent({ model, request }, { backend, notes })),
    failure: toFailure,
  }
}

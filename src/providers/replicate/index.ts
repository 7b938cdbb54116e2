import type { AdapterCall, ProviderAdapter } from '../../contracts/adapter.ts'
import { withLimits } from '../shared/media/with-limits.ts'
import { supportOf } from '../shared/notes.ts'
import { vendorOf } from '../shared/service.ts'
import { desks } from './client.ts'
import { failureOf } from './failure.ts'
import { inputsOf, type ModelInputs } from './inputs.ts'
import { checkOptionsOf, type Options } from './options.ts'
import { translate } from './request.ts'
import { completionOf } from './response.ts'
import { create, finished, watch, type Job } from './run.ts'
import { inputsInSchema } from './schema.ts'
import { chunksOf } from './stream.ts'
import { replicateSdk } from './sdk.ts'
import { vendorURL } from './urls.ts'

/** Options of {@link replicate}. The key is by default the key store's `REPLICATE_API_TOKEN`. */
export interface ReplicateOptions extends Options {}

/** How one model takes a request; see {@link ReplicateOptions.inputs}. */
export interface ReplicateInputs extends ModelInputs {}

/**
 * Language models on Replicate: official ones (`meta/meta-llama-3-70b-instruct`), versions (`owner/name:version`) and
 * deployments (`deployments/owner/name`). A call is a prediction: it is created once, waited for or followed by its events,
 * and canceled where nobody wants it any more. Conversations are written into the prompt with the marks that the model was
 * trained with. Tools and structured output have no counterpart here.
 *
 * @throws `ModelyardError` `BAD_OPTION` on an option that is unknown or wrong.
 */
export function replicate(options: ReplicateOptions = {}): ProviderAdapter {
  checkOptionsOf(options)
  const { id = 'replicate', key, models, region, client, waitSeconds = 60, pollMs = 500, inputs, media } = options
  const open = desks(options)
  const begun = async (call: AdapterCall, stream: boolean): Promise<Job> => {
    call.signal.throwIfAborted()
    const { request, model, providerOptions } = call
    const translation = translate({ ...request, stream }, { model, inputs: inputsOf(model, inputs) }, providerOptions)
    return { desk: await open.of(call.secret), call, translation, pollMs }
  }
  const adapter: ProviderAdapter = {
    id,
    // A client of the user's own has its key already.
    key: key ?? (typeof client === 'object' ? null : 'REPLICATE_API_TOKEN'),
    ...vendorOf('replicate', options, vendorURL),
    ...(models !== undefined && { models }),
    ...(region !== undefined && { region }),
    ...(client === undefined && { loadSdk: replicateSdk() }),
    supports: (request, _card, model) => supportOf(() => translate(request, { model, inputs: inputsOf(model, inputs) })),
    async complete(call) {
      const job = await begun(call, false)
      const created = await create(job, waitSeconds)
      const running = watch(job, created)
      try {
        const prediction = await finished(job, created)
        running.over()
        return completionOf(prediction, { model: call.model, limit: job.translation.limit })
      } finally {
        running.end()
      }
    },
    async *stream(call) {
      const job = await begun(call, true)
      const created = await create(job)
      const running = watch(job, created)
      try {
        yield* chunksOf(job, created, { model: call.model, limit: job.translation.limit, done: running.over })
      } finally {
        running.end()
      }
    },
    failure: failureOf,
    close: () => open.close(),
  }
  // Which images a model takes is told by its inputs; no other limit of the vendor's is known.
  return withLimits(adapter, {}, media)
}

/**
 * The inputs of a model, read from its OpenAPI schema: `(await sdk.models.get(owner, name)).latest_version?.openapi_schema`.
 * For the option `inputs`, where a model is not known; nothing is looked up on its own, for it would be one more request.
 */
export function replicateInputs(schema: unknown): ReplicateInputs {
  return inputsInSchema(schema)
}

import type { JsonObject } from '../shared/json.ts'
import { unsupported } from '../shared/notes.ts'

/** Where predictions of a model are created. */
export interface Address {
  /** Below the base URL. */
  readonly path: string
  /** What the body has to say besides. */
  readonly fields: JsonObject
}

const part = '[A-Za-z0-9][\\w.-]*'
const deployment = new RegExp(`^deployments/(${part})/(${part})$`)
const versioned = new RegExp(`^(?!deployments/)${part}/${part}:(\\w+)$`)
const official = new RegExp(`^(?!deployments/)(${part})/(${part})$`)

/**
 * The three ways of the vendor (replicate.com/docs/topics/predictions/create-a-prediction, read 2026-11): a model as it is
 * now, one of its versions, a deployment.
 *
 * @throws `AttemptError` `invalid_request` for a name that is none of them.
 */
export function addressOf(model: string): Address {
  const own = deployment.exec(model)
  if (own !== null) return { path: `/deployments/${own[1]}/${own[2]}/predictions`, fields: {} }
  const version = versioned.exec(model)?.[1]
  if (version !== undefined) return { path: '/predictions', fields: { version } }
  const latest = official.exec(model)
  if (latest !== null) return { path: `/models/${latest[1]}/${latest[2]}/predictions`, fields: {} }
  throw unsupported('model', "models here are named 'owner/name', 'owner/name:version' or 'deployments/owner/name'")
}

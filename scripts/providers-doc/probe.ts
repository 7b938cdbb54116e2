import type { ProviderAdapter } from '../../src/contracts/adapter.ts'
import type { ModelCard } from '../../src/contracts/catalog.ts'
import type { ChatRequest } from '../../src/contracts/chat.ts'
import { models } from '../../src/catalog/models.ts'
import { missingFromAdapter, missingFromCard, requirementsOf } from '../../src/policy/constraints.ts'
import { features, plain, type Asked, type Feature } from './features.ts'

/** An adapter and the model that it is asked about. */
export interface Subject {
  readonly adapter: ProviderAdapter
  readonly model: string
}

/** What becomes of a feature. */
export type Outcome =
  | {
      readonly kind: 'served' | 'emulated'
      /** What else is left out because of it. */
      readonly without: readonly string[]
      /** Paths in the request that the router checks the answer for. */
      readonly checked: readonly string[]
    }
  | { readonly kind: 'dropped' }
  | { readonly kind: 'refused'; readonly reason: string }

/** Every feature of the page, and what becomes of it. */
export function outcomesOf(subject: Subject): ReadonlyMap<Feature, Outcome> {
  return new Map(features.map((feature) => [feature, outcomeOf(feature, subject)]))
}

/** What a router finds when it plans a request with this feature: the catalog's card is asked first, then the adapter. */
export function outcomeOf({ field, request }: Feature, subject: Subject): Outcome {
  const { adapter, model } = subject
  const asked = requestFor(request, model)
  const card = cardOf(subject)
  const candidate = { id: model, card }
  const required = requirementsOf(asked, { estimateTokens: () => 0, tokensAtMost: () => 0 })
  if (missingFromCard(candidate, required) !== undefined) return { kind: 'refused', reason: 'the model takes none' }
  const support = adapter.supports(asked, card, model)
  if (support.level === 'no') return { kind: 'refused', reason: support.reason }
  if (missingFromAdapter(support, candidate, required) !== undefined) return { kind: 'refused', reason: 'the model has none' }
  const { level, dropped, unenforced = [] } = support
  if (dropped.includes(field)) return { kind: 'dropped' }
  return { kind: level === 'yes' ? 'served' : 'emulated', without: dropped, checked: unenforced }
}

/** The whole request that asks for a feature. */
export function requestFor(request: Asked, model: string): ChatRequest {
  return { ...plain, ...request, model }
}

/** What the catalog knows of the model, as a router finds it. */
export function cardOf({ adapter, model }: Subject): ModelCard | undefined {
  const { id, catalog = id } = adapter
  return models.find(
    (card) => card.provider === catalog && (card.id === model || (card.aliases ?? []).some((alias) => alias === model)),
  )
}

/** An address that no vendor could be asked to fetch from, but that only whoever fetches it refuses. */
const privateImage: Feature = {
  name: 'an image at a private address',
  field: 'messages[].content[].image_url',
  request: {
    messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://127.0.0.1/map.png' } }] }],
  },
}

/** Whether the adapter fetches what is at web addresses, because its vendor does not. */
export function fetchesAddresses(subject: Subject): boolean {
  const outcome = outcomeOf(privateImage, subject)
  return outcome.kind === 'refused' && /not public/.test(outcome.reason)
}

/** The types of images that are had, and how many in one message; `undefined` where there is no limit on this side. */
export interface Images {
  readonly types: readonly string[] | undefined
  readonly most: number | undefined
}

const imageTypes = ['jpeg', 'png', 'gif', 'webp', 'heic', 'heif', 'avif', 'bmp', 'tiff'] as const
/** More than any vendor says that it takes. */
const tooMany = 10_000

/** The images that a model takes; `undefined` where it takes none. */
export function imagesOf(subject: Subject): Images | undefined {
  const takes = (type: string, count: number): boolean => outcomeOf(imagesAsked(type, count), subject).kind !== 'refused'
  const types = imageTypes.filter((type) => takes(type, 1))
  const [first] = types
  if (first === undefined) return undefined
  let [least, most] = [1, tooMany]
  while (least < most) {
    const middle = Math.ceil((least + most) / 2)
    if (takes(first, middle)) least = middle
    else most = middle - 1
  }
  return {
    types: types.length === imageTypes.length ? undefined : types,
    most: least === tooMany ? undefined : least,
  }
}

function imagesAsked(type: string, count: number): Feature {
  const image = { type: 'image_url' as const, image_url: { url: `data:image/${type};base64,AAAA` } }
  return {
    name: 'images',
    field: 'messages[].content[].image_url',
    request: { messages: [{ role: 'user', content: Array.from({ length: count }, () => image) }] },
  }
}

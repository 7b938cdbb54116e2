/** The complexity classes of requests and the classes of models that serve them. */
export type Tier = 'simple' | 'standard' | 'complex'

/** What a message can carry. */
export type Modality = 'text' | 'image' | 'audio' | 'file' | 'video'

/** What an answer can carry. */
export type OutputModality = 'text' | 'image' | 'audio' | 'embedding' | 'moderation'

/** What a model can be asked for beyond plain text. */
export type Feature = 'tools' | 'json_schema' | 'json_object' | 'reasoning' | 'logprobs' | 'n' | 'streaming'

/** US dollars per one million tokens. A missing bucket is charged as the bucket it is a part of. Six decimals count. */
export interface Rates {
  readonly input: number
  readonly output: number
  /** Cache reads. */
  readonly cachedInput?: number
  /** Cache writes with the default lifetime, minutes. */
  readonly cacheWrite?: number
  /** Cache writes with the long lifetime, an hour. */
  readonly cacheWrite1h?: number
  readonly audioInput?: number
  readonly audioOutput?: number
  /** Pictures in the prompt. */
  readonly imageInput?: number
  /** Pictures in the answer. */
  readonly imageOutput?: number
  /** Reasoning, visible or not. Default: `output`. */
  readonly reasoning?: number
}

/** US dollars by the piece, beside tokens. A missing one is not charged. No tier, region or hour changes them. */
export interface Fees {
  /** Each request that was answered. */
  readonly perRequest?: number
  /** Each search that the vendor makes. */
  readonly perSearch?: number
  /** Each picture that the vendor makes, where it is not charged by tokens. */
  readonly perImage?: number
}

/** Rates that replace the base ones for the whole request once its prompt is larger than `above` tokens. */
export interface LongContext extends Rates {
  readonly above: number
}

/** Rates of one service tier. */
export interface TierRates extends Rates {
  readonly longContext?: readonly LongContext[]
}

/** Hours of the day, in UTC, with other rates. */
export interface PriceHours {
  /** `HH:MM`, the first minute. */
  readonly from: string
  /** `HH:MM`, the first minute after; not later than `from`: on the next day. */
  readonly to: string
  /** The days on which they begin, 0 for Sunday. Default: every day. */
  readonly days?: readonly number[]
  /** Times which every rate is charged. */
  readonly factor: number
}

/** Everything that a price says about one time. */
export interface PriceList extends Rates, Fees {
  readonly longContext?: readonly LongContext[]
  /**
   * By the tier that the answer names: rates of its own, or how many times every rate is charged. A call that was served in
   * another tier than the standard one, and that is not named here, has no known price.
   */
  readonly serviceTiers?: Readonly<Record<string, number | TierRates>>
  /** By the region that made the answer: how many times every rate is charged. Default 1. */
  readonly regions?: Readonly<Record<string, number>>
  readonly hours?: readonly PriceHours[]
}

/** A new price that the vendor has announced for a day to come. It replaces the one before as a whole. */
export interface PriceChange extends PriceList {
  /** The first day, `YYYY-MM-DD` in UTC. */
  readonly from: string
}

/** What a model costs, since when, and who says so. */
export interface Prices extends PriceList {
  /** Where the figures come from: a package and version, or a URL. */
  readonly source: string
  /** The date the figures were read, `YYYY-MM-DD`. Absent of an installed package, which brings no date along. */
  readonly asOf?: string
  readonly changes?: readonly PriceChange[]
}

/** Prices from elsewhere, asked where no card of the catalog has one. */
export interface PriceSource {
  /** Loads what `pricesOf` needs. Awaited once, before the first call to a target whose price no card knows. */
  load?(): Promise<void>
  /**
   * `null` where it has none. `provider` and `model` are the catalog's words where it knows the model. The same question is
   * to be answered with the same object: its figures are made ready for arithmetic once.
   */
  pricesOf(provider: string, model: string): Prices | null
  /** Why it has no prices at all: known once it is loaded, for whoever checks a configuration. */
  readonly problem?: string | undefined
}

/** When a model comes and goes. Dates are `YYYY-MM-DD`; the day itself counts as shut down. */
export interface Lifecycle {
  readonly shutdownDate?: string
  /** The model that the vendor names in its place, an id of the same provider. */
  readonly replacement?: string
  /** From the shutdown date on the vendor answers with the replacement instead of refusing. */
  readonly rerouted?: boolean
}

/** What is known of one model at one provider. */
export interface ModelCard {
  readonly provider: string
  readonly id: string
  /** Other ids under which the vendor serves the same model (dated snapshots, `-latest`). */
  readonly aliases?: readonly string[]
  readonly tier: Tier
  /** Tokens of prompt and answer together; `undefined` where the vendor does not say. */
  readonly contextWindow?: number
  readonly maxOutput?: number
  readonly input: readonly Modality[]
  /** What an answer can be made of. Default: text. */
  readonly output?: readonly OutputModality[]
  readonly features: readonly Feature[]
  /** `null`: not known. Never read as free. */
  readonly prices: Prices | null
  readonly lifecycle?: Lifecycle
  /** Where the vendor serves it, in its own words for regions; absent where it does not say or makes no difference. */
  readonly regions?: readonly string[]
  /** When the model was published, `YYYY-MM-DD`. */
  readonly released?: string
}

/**
 * A card of the user's own. What it has replaces, field by field, what the catalog knows of that provider and id; what it
 * leaves out stays. A model that the catalog does not know needs a whole card.
 */
export type ModelOverride = Pick<ModelCard, 'provider' | 'id'> & Partial<ModelCard>

/** The models that the router knows. */
export interface Catalog {
  /** A card that an adapter brings along, with the user's overrides laid over it; the card itself where there are none. */
  refined(card: ModelCard): ModelCard
  /** The card of `model` at `provider`, by id or alias. */
  find(provider: string, model: string): ModelCard | undefined
  /** Every card with this id or alias, whatever the provider. */
  serving(model: string): readonly ModelCard[]
  list(): readonly ModelCard[]
  /** Known names nearest to one that is not known, best first, at most `count` (default 3). */
  nearest(name: string, count?: number): readonly string[]
}

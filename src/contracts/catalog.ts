/** The complexity classes of requests and the classes of models that serve them. */
export type Tier = 'simple' | 'standard' | 'complex'

/** What a message can carry. */
export type Modality = 'text' | 'image' | 'audio' | 'file' | 'video'

/** What a model can be asked for beyond plain text. */
export type Feature = 'tools' | 'json_schema' | 'json_object' | 'reasoning' | 'logprobs' | 'n' | 'streaming'

/** US dollars per one million tokens. A missing bucket is charged as the bucket it is a part of. */
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
}

/** What a model costs, since when, and who says so. */
export interface Prices extends Rates {
  /** Rates that replace the base ones for the whole request once its prompt is larger than `above` tokens. */
  readonly longContext?: readonly ({ readonly above: number } & Rates)[]
  /** Where the figures come from: a package and version, or a URL. */
  readonly source: string
  /** The date the figures were read, `YYYY-MM-DD`. */
  readonly asOf: string
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
  readonly features: readonly Feature[]
  /** `null`: not known. Never read as free. */
  readonly prices: Prices | null
  readonly lifecycle?: Lifecycle
  /** When the model was published, `YYYY-MM-DD`. */
  readonly released?: string
}

/** The models that the router knows. */
export interface Catalog {
  /** The card of `model` at `provider`, by id or alias. */
  find(provider: string, model: string): ModelCard | undefined
  /** Every card with this id or alias, whatever the provider. */
  serving(model: string): readonly ModelCard[]
  list(): readonly ModelCard[]
  /** Known names nearest to one that is not known, best first, at most `count` (default 3). */
  nearest(name: string, count?: number): readonly string[]
}

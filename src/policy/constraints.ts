import type { Support } from '../contracts/adapter.ts'
import type { ModelCard, Modality } from '../contracts/catalog.ts'
import type { ChatRequest } from '../contracts/chat.ts'
import type { Rejection } from '../contracts/policy.ts'

/** What a request asks of any model: read off once, compared with every candidate. */
export interface Requirements {
  readonly modalities: ReadonlyMap<Modality, string>
  readonly tools: boolean
  readonly jsonSchema: boolean
  /** Tokens of the prompt, never too few, without reading its texts. */
  tokensAtMost(): number
  /** Estimated tokens of the prompt; worked out on first use. */
  tokens(): number
}

/** How prompts are measured. */
export interface Measures {
  readonly estimateTokens: (request: ChatRequest) => number
  readonly tokensAtMost: (request: ChatRequest) => number
}

// The estimate may be a third too high for prose that tokenises well: only what cannot possibly fit is turned away here,
// the rest the vendor decides.
const surelyTooLarge = 0.7

const partModality: Readonly<Record<string, Modality>> = {
  image_url: 'image',
  input_audio: 'audio',
  file: 'file',
  video_url: 'video',
}

/** Reads off what `request` needs; each measure is taken at most once. */
export function requirementsOf(request: ChatRequest, { estimateTokens, tokensAtMost }: Measures): Requirements {
  let atMost: number | undefined
  let tokens: number | undefined
  return {
    modalities: modalitiesOf(request),
    tools: (request.tools?.length ?? 0) > 0 || (request.functions?.length ?? 0) > 0,
    jsonSchema: request.response_format?.type === 'json_schema',
    tokensAtMost: () => (atMost ??= tokensAtMost(request)),
    tokens: () => (tokens ??= estimateTokens(request)),
  }
}

const textOnly: ReadonlyMap<Modality, string> = new Map()

function modalitiesOf(request: ChatRequest): ReadonlyMap<Modality, string> {
  let found: Map<Modality, string> | undefined
  for (const [index, { content }] of request.messages.entries()) {
    if (!Array.isArray(content)) continue
    for (const [part, { type }] of content.entries()) {
      const modality = partModality[type]
      if (modality === undefined || found?.has(modality) === true) continue
      found ??= new Map()
      found.set(modality, `messages[${index}].content[${part}]`)
    }
  }
  return found ?? textOnly
}

/** A candidate: its name, `provider/model`, and what the catalog knows of it. */
interface Candidate {
  readonly id: string
  readonly card: ModelCard | undefined
}

/** What the catalog knows against what the request needs; an unknown model is left to its adapter. */
export function missingFromCard({ id, card }: Candidate, required: Requirements): Rejection | undefined {
  if (card === undefined) return undefined
  for (const [modality, field] of required.modalities) {
    if (!card.input.includes(modality)) return { reason: 'modality', field, detail: `${id} takes no ${modality} input (${field})` }
  }
  if (required.tools && !card.features.includes('tools')) {
    return { reason: 'unsupported', field: 'tools', detail: `${id} cannot call tools` }
  }
  const { contextWindow } = card
  if (
    contextWindow !== undefined &&
    required.tokensAtMost() > contextWindow &&
    required.tokens() * surelyTooLarge > contextWindow
  ) {
    return {
      reason: 'context_window',
      field: 'messages',
      detail: `the prompt has about ${required.tokens()} tokens, the window of ${id} is ${contextWindow}`,
    }
  }
  return undefined
}

/** What the adapter says against what the request needs. */
export function missingFromAdapter(support: Support, { id, card }: Candidate, required: Requirements): Rejection | undefined {
  if (support.level === 'no') {
    const { field, reason } = support
    return { reason: 'unsupported', field, detail: `${id} does not serve ${field}: ${reason}` }
  }
  if (required.jsonSchema && support.level === 'yes' && card !== undefined && !card.features.includes('json_schema')) {
    return { reason: 'unsupported', field: 'response_format', detail: `${id} has no structured output` }
  }
  return undefined
}

import type { ModelCard, PriceList, Prices } from '../contracts/catalog.ts'

interface Origin {
  readonly source: string
  readonly asOf: string | undefined
  /** The first day of a price that was announced ahead. */
  readonly from: string | undefined
}

/** The snapshot that a vendor's own bill goes under. */
export const vendorBill = 'vendor bill'

/**
 * The name of a price: where and when it was read, since when it holds, and a sum over all its figures. The same figures
 * from the same place have the same name in every process and version; changed ones have another.
 */
export function snapshotOf(list: PriceList, { source, asOf, from }: Origin): string {
  const read = asOf === undefined ? '' : ` (${asOf})`
  return `${source}${read}${from === undefined ? '' : ` from ${from}`} #${sumOf(canonical(list))}`
}

/** A price that costs were worked out with. */
export interface PriceSnapshot {
  readonly id: string
  readonly prices: Prices
  /** The first day of a price that was announced ahead, `YYYY-MM-DD`. */
  readonly from?: string
  /** The models that have it, as `provider/model`. */
  readonly models: readonly string[]
}

/** The price of that name among the cards'; `undefined` where none of them has it: then it is of another catalog. */
export function findSnapshot(id: string, cards: readonly ModelCard[]): PriceSnapshot | undefined {
  const found = cards.flatMap((card) =>
    listsOf(card.prices)
      .filter((list) => list.id === id)
      .map(({ prices, from }) => ({ card, prices, from })),
  )
  const [first] = found
  if (first === undefined) return undefined
  const { prices, from } = first
  return {
    id,
    prices,
    ...(from !== undefined && { from }),
    models: [...new Set(found.map(({ card }) => `${card.provider}/${card.id}`))],
  }
}

function listsOf(
  prices: Prices | null,
): readonly { readonly id: string; readonly prices: Prices; readonly from: string | undefined }[] {
  if (prices === null) return []
  const { changes = [], source, asOf, ...base } = prices
  const named = (list: PriceList, from: string | undefined) => ({
    id: snapshotOf(list, { source, asOf, from }),
    prices: { ...list, source, ...(asOf !== undefined && { asOf }) },
    from,
  })
  return [named(base, undefined), ...changes.map(({ from, ...list }) => named(list, from))]
}

/** What is said about a price and is none of its figures. */
const beside = new Set(['source', 'asOf', 'from', 'changes'])

function canonical(list: PriceList): string {
  const figures = Object.entries(list).filter(([name, value]) => !beside.has(name) && value !== undefined)
  return JSON.stringify(ordered(Object.fromEntries(figures)))
}

/** With the names of every object in order, so that it does not matter how it was written down. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, inner]) => [name, ordered(inner)]))
}

/** FNV-1a, 32 bits: tells the few prices of one source and day apart. */
function sumOf(text: string): string {
  let sum = 0x811c9dc5
  for (let index = 0; index < text.length; index++) sum = Math.imul(sum ^ text.charCodeAt(index), 0x01000193)
  return (sum >>> 0).toString(16).padStart(8, '0')
}

import type OpenAI from 'openai'
import type { ColumnName } from './columns.ts'

/** Fields of a body. */
export type Fields = Readonly<Record<string, unknown>>

/** The fields of an OpenAI request; without `messages` the user says Hi. */
export type Asked = Partial<Omit<OpenAI.ChatCompletionCreateParams, 'model'>>

/** What one vendor makes of a request. */
export interface Cell {
  /** The model that is asked. Default: the column's. */
  readonly on?: string
  /** The column in whose words it is said. Default: its own. */
  readonly as?: ColumnName
  /** What the body says besides the plain one, or instead. */
  readonly sends?: Fields
  /** What is left out, and said to be. */
  readonly dropped?: readonly string[]
  /** Nothing is sent: the field that cannot be served, and why. */
  readonly refused?: { readonly field: string; readonly reason: RegExp }
}

/** Cells of the same column: a second one is about another model. */
export type Cells = Cell | readonly Cell[]

/** What each vendor makes of one request, side by side. */
export interface Row {
  readonly name: string
  readonly request: Asked
  readonly cells: Readonly<Record<ColumnName, Cells>>
}

/** The body is the plain one with these fields. */
export const sends = (fields: Fields, more: Omit<Cell, 'sends'> = {}): Cell => ({ ...more, sends: fields })

/** The body is the plain one without more: the vendor does it anyway, or nothing is asked of it. */
export const plain: Cell = { sends: {} }

/** The fields are left out, with a note. */
export const drops = (...dropped: readonly string[]): Cell => ({ dropped })

/** The request is refused before any call. */
export const refuses = (field: string, reason: RegExp): Cell => ({ refused: { field, reason } })

/** The same about another model. */
export const on = (model: string, cell: Cell): Cell => ({ ...cell, on: model })

import { markup, type Child, type Markup } from './markup.ts'

/** A column of a table whose rows are things of one kind. */
export interface Column<Row> {
  readonly head: Child
  readonly cell: (row: Row, index: number) => Child
  /** What the page's script sorts by; a row without a value always comes last. Without it the column can't be sorted by. */
  readonly sort?: (row: Row) => number | string | null
  /** Text stands at the left, numbers at the right. */
  readonly text?: boolean
}

interface Table<Row> {
  /** Says what the table shows: its caption, and the name of the region that it scrolls in. */
  readonly caption: string
  readonly rows: readonly Row[]
  /** The first one heads each row. */
  readonly columns: readonly Column<Row>[]
}

/** A table that scrolls by itself where it is wider than the page, by keyboard too. */
export function table<Row>({ caption, rows, columns }: Table<Row>): Markup {
  return markup`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
<table>
<caption class="unseen">${caption}</caption>
<thead><tr>${columns.map(head)}</tr></thead>
<tbody>
${rows.map((row, index) => markup`<tr>${columns.map((column, place) => cell(column, { row, index, heads: place === 0 }))}</tr>\n`)}</tbody>
</table>
</div>`
}

function head<Row>({ head: words, sort, text }: Column<Row>): Markup {
  return markup`<th scope="col"${sort !== undefined && attribute('data-sort', '')}${side(text)}>${words}</th>`
}

interface Place<Row> {
  readonly row: Row
  readonly index: number
  /** The cell is the head of its row. */
  readonly heads: boolean
}

function cell<Row>({ cell: content, sort, text }: Column<Row>, { row, index, heads }: Place<Row>): Markup {
  const key = sort?.(row) ?? null
  const attributes = [key !== null && attribute('data-key', key), side(text)]
  const words = content(row, index)
  return heads ? markup`<th scope="row"${attributes}>${words}</th>` : markup`<td${attributes}>${words}</td>`
}

function side(text: boolean | undefined): Markup | false {
  return text === true && attribute('class', 'text')
}

function attribute(name: string, value: string | number): Markup {
  return markup` ${name}="${value}"`
}

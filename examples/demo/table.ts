import { styleText } from 'node:util'

/** A column of a table: its heading, and how its cells are aligned. */
export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
}

const lineWidth = 80

type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan'

/** Coloured on a terminal that wants colours (`NO_COLOR` says no), plain everywhere else. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout })
}

/** A table with aligned columns; the last `footers` rows are set apart. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], footers = 0): string {
  const widths = columns.map(({ title }, index) => Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, index) => {
        const cell = cells[index] ?? ''
        const width = widths[index] ?? 0
        return align === 'right' ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  const rule = paint('dim', widths.map((width) => '─'.repeat(width)).join('──'))
  const body = rows.slice(0, rows.length - footers).map(line)
  const foot = rows.slice(rows.length - footers).map(line)
  const head = paint('bold', line(columns.map(({ title }) => title)))
  return indented([head, rule, ...body, ...(foot.length > 0 ? [rule, ...foot] : [])])
}

/** The heading of a section. */
export function heading(text: string): string {
  return `\n${paint('bold', text)}`
}

/** The text in lines that a terminal of the usual width can show: the first begins at `indent`, the others at `hang`. */
export function wrapped(text: string, indent = 0, hang = indent): string {
  const [first = '', ...words] = text.split(' ')
  const lines: string[] = []
  let line = ' '.repeat(indent) + first
  for (const word of words) {
    const longer = `${line} ${word}`
    if (longer.length > lineWidth) {
      lines.push(line)
      line = ' '.repeat(hang) + word
    } else line = longer
  }
  return [...lines, line].join('\n')
}

/** At most `width` characters of a text; what is missing is marked. */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`
}

/** Lines two spaces to the right. */
export function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n')
}

/** `$0.0123`; small sums keep their digits. */
export function dollars(usd: number | null): string {
  return usd === null ? 'unknown' : `$${usd.toFixed(4)}`
}

/** `12,345`. */
export function count(value: number): string {
  return value.toLocaleString('en-US')
}

/** `0.8 s`, `35 ms`. */
export function time(ms: number): string {
  return ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${Math.round(ms)} ms`
}

import type { PromptSource } from './prompts.ts'
import { badPrompts } from './prompts.ts'

/**
 * Reads prompts from a file: `.jsonl` or `.ndjson`, one text or object a line; `.csv` (RFC 4180), whose first row names the
 * columns `prompt`, and if wanted `system`, `expected` and `id`. Empty lines are passed over, other columns too.
 *
 * @throws ModelyardError `BAD_PROMPTS` naming the line.
 */
export async function promptFile(path: string): Promise<readonly PromptSource[]> {
  const kind = /\.(jsonl|ndjson|csv)$/i.exec(path)?.[1]?.toLowerCase()
  if (kind === undefined) throw badPrompts('is no .jsonl, .ndjson or .csv file', path)
  const text = await readText(path)
  return kind === 'csv' ? csvRows(text, path) : jsonLines(text, path)
}

async function readText(path: string): Promise<string> {
  try {
    const bytes = await process.getBuiltinModule('node:fs').promises.readFile(path)
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    const isEncoding = error instanceof TypeError
    throw badPrompts(isEncoding ? 'is not encoded in UTF-8' : `cannot be read (${codeOf(error)})`, path, error)
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error'
}

function jsonLines(text: string, path: string): readonly PromptSource[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === '') return []
    const place = `${path}:${index + 1}`
    try {
      const value: unknown = JSON.parse(line)
      return [{ value, place }]
    } catch (error) {
      // What the parser says repeats the line.
      throw badPrompts('is no JSON; each line must be one text or object', place, error instanceof SyntaxError ? undefined : error)
    }
  })
}

const known: readonly string[] = ['prompt', 'system', 'expected', 'id']

/** Loaded with the first CSV file. */
async function csvRows(text: string, path: string): Promise<readonly PromptSource[]> {
  const { parse } = await import('csv-parse/sync')
  const rows: PromptSource[] = []
  let header: readonly string[] | undefined
  try {
    parse(text, {
      skip_empty_lines: true,
      on_record(cells: readonly string[], { lines }) {
        // The parser counts the lines that it has read; a row with line breaks in its texts began before.
        const place = `${path}:${lines - breaksIn(cells)}`
        if (header === undefined) header = headerOf(cells, place)
        else rows.push({ value: rowOf(header, cells), place })
        return null
      },
    })
  } catch (error) {
    const at = error instanceof Error && 'lines' in error && typeof error.lines === 'number' ? error.lines : undefined
    if (at === undefined) throw error
    throw badPrompts(csvProblems[codeOf(error)] ?? `is no CSV (${codeOf(error)})`, `${path}:${at}`)
  }
  return rows
}

function breaksIn(cells: readonly string[]): number {
  return cells.reduce((sum, cell) => sum + (cell.match(/\r\n|\n/g)?.length ?? 0), 0)
}

const csvProblems: Readonly<Record<string, string>> = {
  CSV_RECORD_INCONSISTENT_FIELDS_LENGTH: 'has another number of cells than the first row; put texts with commas in quotes',
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed',
  CSV_INVALID_CLOSING_QUOTE: 'a quote inside a quoted text must be doubled',
  INVALID_OPENING_QUOTE: 'a quote stands inside a text that is not quoted',
}

function headerOf(cells: readonly string[], place: string): readonly string[] {
  const names = cells.map((cell) => cell.trim().toLowerCase())
  if (!names.includes('prompt')) throw badPrompts('the first row must name the columns, and one of them `prompt`', place)
  const twice = known.find((name) => names.indexOf(name) !== names.lastIndexOf(name))
  if (twice !== undefined) throw badPrompts(`names the column \`${twice}\` twice`, place)
  return names
}

function rowOf(header: readonly string[], cells: readonly string[]): Readonly<Record<string, string>> {
  const fields = header.map((name, index): readonly [string, string] => [name, cells[index] ?? ''])
  // An empty cell says nothing, but an empty prompt is a mistake.
  return Object.fromEntries(fields.filter(([name, cell]) => known.includes(name) && (cell !== '' || name === 'prompt')))
}

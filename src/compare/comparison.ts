import { ModelyardError } from '../errors.ts'
import { reportCsv } from './csv.ts'
import type { ComparisonReport } from './report.ts'
import { reportTable } from './table.ts'

/** What a comparison found, for people, programs and files. */
export class Comparison {
  /** Plain JSON-safe data. */
  readonly report: ComparisonReport

  constructor(report: ComparisonReport) {
    this.report = report
  }

  /** For a terminal. */
  toTable(): string {
    return reportTable(this.report)
  }

  toString(): string {
    return this.toTable()
  }

  toJSON(): ComparisonReport {
    return this.report
  }

  /** A row per prompt and target (RFC 4180). No cell is taken for a formula by a spreadsheet. */
  toCSV(): string {
    return reportCsv(this.report)
  }

  /** One page with charts that needs no network and no other file. */
  async toHTML(): Promise<string> {
    const { renderHtml } = await import('./html/index.ts')
    return renderHtml(this.report)
  }

  /**
   * Writes the report to a file, whole or not at all: `.html`, `.json`, `.csv`, and `.txt` for the table.
   *
   * @throws ModelyardError `BAD_OPTION` for any other ending; `WRITE_FAILED` where it cannot be written.
   */
  async writeTo(path: string): Promise<void> {
    const text = await this.#as(/\.(html|json|csv|txt)$/i.exec(path)?.[1]?.toLowerCase())
    if (text === undefined)
      throw new ModelyardError('BAD_OPTION', `writeTo(): ${path} must end in .html, .json, .csv or .txt`, { field: 'path' })
    await written(path, text)
  }

  async #as(ending: string | undefined): Promise<string | undefined> {
    switch (ending) {
      case 'html':
        return this.toHTML()
      case 'json':
        return `${JSON.stringify(this.report, null, 2)}\n`
      case 'csv':
        return this.toCSV()
      case 'txt':
        return `${this.toTable()}\n`
      default:
        return undefined
    }
  }
}

/** Beside it first, then in its place: nobody ever finds half a report. */
async function written(path: string, text: string): Promise<void> {
  const { open, rename, rm } = process.getBuiltinModule('node:fs').promises
  const draft = `${path}.${crypto.randomUUID()}.tmp`
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => {})
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
    throw new ModelyardError('WRITE_FAILED', `The report could not be written to ${path}${code}.`, { field: 'path', cause })
  }
}

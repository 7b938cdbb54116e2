import type { ComparisonReport } from '../report.ts'
import { page } from './page.ts'

/**
 * The report as one HTML page that needs nothing else: no network, no fonts, no other file. It reads without JavaScript too,
 * then without the charts. Whatever the report holds is shown as text: prompts, answers and names can't bring markup of their own.
 */
export function renderHtml(report: ComparisonReport): string {
  return page(report).toString()
}

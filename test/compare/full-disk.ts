// A process that may write little to any file: it compares, then tells how that went and what became of the report.
import { ModelyardError } from '../../src/index.ts'
import { aCent, bench } from './bench.ts'
import { answer } from '../../src/testing/index.ts'

interface Task {
  readonly prompts: readonly string[]
  readonly resume: string
  readonly page: string
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the test has written
const { prompts, resume, page } = JSON.parse(process.env['COMPARE'] ?? '{}') as Task
const { a, compare } = bench({ a: answer('fine', { usage: aCent }) })
const comparison = await compare({ prompts, targets: ['a/m'], resume, concurrency: 1 })
const { calls, interrupted } = comparison.report
let fault: unknown
try {
  await comparison.writeTo(page)
} catch (error) {
  fault = error instanceof ModelyardError ? { code: error.code, message: error.message } : String(error)
}
console.log(JSON.stringify({ calls, interrupted, asked: a.calls.length, fault }))

// node scripts/ci-count.mjs first.json [second.json]: prints `N passed, N failed` from vitest's JSON reports, and before it,
// each on a line of its own, what failed and why: the log above is long, and often only its end is kept. The second report
// is that of the failed files run once more, alone; what passed there is named as flaky and counts as passed.
//
// node scripts/ci-count.mjs --files first.json: prints the files that failed, a line each.
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

/** A file that could not even be loaded holds no tests, but has failed all the same. */
function failures({ testResults }) {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed')
    if (status === 'failed' && failed.length === 0) return [{ file: name, test: '(not loaded)', why: message }]
    return failed.map(({ fullName, failureMessages }) => ({ file: name, test: fullName, why: failureMessages[0] }))
  })
}

function read(path) {
  try {
    const report = JSON.parse(readFileSync(path, 'utf8'))
    return { passed: report.numPassedTests, failed: failures(report) }
  } catch {
    // No report: the run itself broke.
    return { passed: 0, failed: [{ file: path, test: '(no report)', why: '' }] }
  }
}

const nameOf = ({ file, test }) => `${relative(process.cwd(), file)} > ${test}`

function print(first, second) {
  const failed = second?.failed ?? first.failed
  const flaky = second === undefined ? [] : first.failed.filter((test) => !failed.some((other) => nameOf(other) === nameOf(test)))
  for (const test of flaky) console.log(`flaky, passed when run again: ${nameOf(test)}\n  ${reason(test)}`)
  for (const test of failed) console.log(`failed: ${nameOf(test)}\n  ${reason(test)}`)
  console.log(`${first.passed + flaky.length} passed, ${failed.length} failed`)
}

function reason({ why = '' }) {
  return why.split('\n').slice(0, 12).join('\n  ')
}

const [mode, ...rest] = process.argv.slice(2)
if (mode === '--files') {
  const files = new Set(read(rest[0]).failed.map(({ file }) => relative(process.cwd(), file)))
  console.log([...files].join('\n'))
} else {
  print(read(mode), rest[0] === undefined ? undefined : read(rest[0]))
}

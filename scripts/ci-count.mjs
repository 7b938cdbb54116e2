// node scripts/ci-count.mjs report.json: prints `N passed, N failed` from vitest's JSON report, and before it, each on a
// line of its own, what failed and why: the log above is long, and often only its end is kept.
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

/** A file that could not even be loaded holds no tests, but has failed all the same. */
function unloaded({ testResults }) {
  return testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  )
}

function failures(report) {
  const tests = report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => ({ file: name, test: fullName, why: failureMessages[0] })),
  )
  return [...tests, ...unloaded(report).map(({ name, message }) => ({ file: name, test: '(not loaded)', why: message }))]
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

const { passed, failed } = read(process.argv[2])
for (const { file, test, why = '' } of failed) {
  console.log(`failed: ${relative(process.cwd(), file)} > ${test}\n  ${why.split('\n').slice(0, 12).join('\n  ')}`)
}
console.log(`${passed} passed, ${failed.length} failed`)

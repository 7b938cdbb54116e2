// node scripts/ci-count.mjs report.json: prints `N passed, N failed` from vitest's JSON report.
import { readFileSync } from 'node:fs'

/** A file that could not even be loaded holds no tests, but has failed all the same. */
function count(report) {
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  )
  return { passed: report.numPassedTests, failed: report.numFailedTests + unloaded.length }
}

function read(path) {
  try {
    return count(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    // No report: the run itself broke.
    return { passed: 0, failed: 1 }
  }
}

const { passed, failed } = read(process.argv[2])
console.log(`${passed} passed, ${failed} failed`)

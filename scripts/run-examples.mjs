// Runs every example, the demo among them, against the built package, as a user would; `node scripts/run-examples.mjs 03` runs one of them.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'examples')
const limitMs = 60_000
const [wanted = ''] = process.argv.slice(2)

/** Examples make their own keys; what this machine's environment holds is none of their business. */
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/_(API_)?(KEY|TOKEN|BASE_URL)$/.test(name)))

function run(file) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(folder, file)], { cwd: root, env: environment, timeout: limitMs })
    let output = ''
    child.stdout.on('data', (data) => (output += data))
    child.stderr.on('data', (data) => (output += data))
    child.on('close', (code, signal) => resolve({ file, output, passed: code === 0, reason: signal ?? `exit code ${code}` }))
  })
}

if (!existsSync(join(root, 'dist/esm/index.js'))) {
  console.error('The examples use the built package: `npm run build` first.')
  process.exit(1)
}

const present = existsSync(folder)
  ? readdirSync(folder, { recursive: true })
      .map(String)
      .toSorted((one, other) => one.localeCompare(other))
  : []
const files = present.filter((file) => /^(\d\d-[^/]+|demo\/main)\.ts$/.test(file) && file.startsWith(wanted))
const results = []
for (const file of files) {
  const result = await run(file)
  results.push(result)
  console.log(result.passed ? `ok      ${file}` : `FAILED  ${file} (${result.reason})\n${result.output}`)
}
const failed = results.filter(({ passed }) => !passed)
console.log(`${results.length - failed.length} of ${results.length} examples ran`)
process.exitCode = failed.length === 0 && results.length > 0 ? 0 : 1

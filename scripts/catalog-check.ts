// `npm run catalog:check`: what in the catalog somebody should look at. `--strict` ends with 1 where anything is wrong by itself
// (kinds `broken`, `lost`) or has run out of date (`stale`, `disagrees`); `--stale-after=DAYS`, `--soon=DAYS`, `--json`.
import { parseArgs } from 'node:util'
import { genaiPrices } from '../src/catalog/genai-prices.ts'
import { createCatalog } from '../src/catalog/catalog.ts'
import { models } from '../src/catalog/models.ts'
import { findingsIn, kinds } from './catalog-check/findings.ts'

const { values } = parseArgs({
  options: {
    strict: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    'stale-after': { type: 'string', default: '30' },
    soon: { type: 'string', default: '60' },
    today: { type: 'string', default: new Date().toISOString().slice(0, 10) },
  },
})

const other = genaiPrices()
await other.load?.()
const findings = findingsIn(createCatalog(models).list(), {
  today: values.today,
  staleAfterDays: Number(values['stale-after']),
  soonDays: Number(values.soon),
  other,
})

if (values.json) console.log(JSON.stringify(findings, null, 2))
else {
  for (const kind of kinds) {
    const found = findings.filter((finding) => finding.kind === kind)
    if (found.length === 0) continue
    console.log(`${kind} (${found.length})`)
    for (const { model, detail } of found) console.log(`  ${model}: ${detail}`)
    console.log()
  }
  console.log(`${models.length} cards, ${findings.length} findings, ${values.today}.`)
  if (other.problem !== undefined) console.log(`Not compared: ${other.problem}`)
}

const failing = new Set(['broken', 'lost', 'stale', 'disagrees'])
if (values.strict && findings.some(({ kind }) => failing.has(kind))) process.exitCode = 1

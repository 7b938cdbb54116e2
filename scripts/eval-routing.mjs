#!/usr/bin/env node
// Measures the classifier on the public routing data that lies beside the repository: `node scripts/eval-routing.mjs
// [--quick] [--json out.json]`. Set ROUTING_DATA to the folder of eval.mjs if it is somewhere else. Node 24 runs the
// TypeScript module as it stands.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = process.env.ROUTING_DATA ?? fileURLToPath(new URL('../../shared/routing', import.meta.url))
const module = fileURLToPath(new URL('../test/routing/module.ts', import.meta.url))

if (!existsSync(`${folder}/eval.mjs`)) {
  console.error(`No evaluation data at ${folder}. Set ROUTING_DATA to the folder that holds eval.mjs.`)
  process.exit(1)
}
for (const [script, ...options] of [['eval.mjs', ...process.argv.slice(2)], ['robust.mjs']]) {
  const { status } = spawnSync(process.execPath, ['--no-warnings', `${folder}/${script}`, ...options], {
    env: { ...process.env, ROUTER_MODULE: module },
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}

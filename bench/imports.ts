// What importing the package costs: a new process each time, in turn with one that imports `openai` alone.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { Timing } from './measure.ts'

const root = join(import.meta.dirname, '..')

/** Microseconds of CPU time that the import takes in a process of its own. */
export function importTimes(specifiers: readonly string[], rounds: number): readonly Timing[] {
  const figures = new Map(specifiers.map((specifier) => [specifier, new Array<number>()]))
  for (let round = 0; round < rounds; round += 1) {
    for (const specifier of round % 2 === 0 ? specifiers : specifiers.toReversed())
      figures.get(specifier)?.push(inNewProcess(specifier))
  }
  return [...figures].map(([name, microseconds]) => ({ name, microseconds }))
}

function inNewProcess(specifier: string): number {
  const script = `const start = process.cpuUsage(); await import('${specifier}'); const { user, system } = process.cpuUsage(start); console.log(user + system)`
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: root, encoding: 'utf8' })
  return Number(output)
}

/** The packages of which a new process has loaded files after importing `specifier`. */
export function packagesLoaded(specifier: string): readonly string[] {
  const script = `
    import { registerHooks } from 'node:module'
    const urls = []
    registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) })
    await import('${specifier}')
    console.log(JSON.stringify(urls))`
  const urls: unknown = JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: root, encoding: 'utf8' }),
  )
  const names = Array.isArray(urls) ? urls.map((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(String(url))?.[1]) : []
  return [...new Set(names.filter((name) => name !== undefined))].toSorted()
}

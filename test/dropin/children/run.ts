// Runs one scenario with one kind of client in a process of its own. Arguments: scenario, subject, base URL, SDK alias.
import { registerHooks } from 'node:module'

const [, , scenario = '', subject = '', baseURL = '', sdk = 'openai'] = process.argv

registerHooks({
  resolve: (specifier, context, next) => next(specifier.replace(/^openai(?=\/|$)/, sdk), context),
})

const [{ scenarios }, { subjects }] = await Promise.all([import('./scenarios.ts'), import('../subjects.ts')])
const run = scenarios[scenario]
const create = subjects.find(({ name }) => name === subject)
if (run === undefined || create === undefined) throw new TypeError(`no scenario ${scenario} or no subject ${subject}`)
await run((options) => create.create({ baseURL }, options))

// `npm run docs:providers`: writes docs/providers.md and the README's table of providers anew.
import { readFileSync, writeFileSync } from 'node:fs'
import { providersPage } from './providers-doc/page.ts'
import { readmeWith } from './providers-doc/readme.ts'

const page = new URL('../docs/providers.md', import.meta.url)
const readme = new URL('../README.md', import.meta.url)

writeFileSync(page, providersPage())
writeFileSync(readme, readmeWith(readFileSync(readme, 'utf8')))
console.log('docs/providers.md and the providers in README.md are as the adapters say.')

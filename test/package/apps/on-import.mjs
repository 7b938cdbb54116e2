// node on-import.mjs esm|cjs modelyard ...: prints what importing the package loaded and did, as JSON. `openai` is there already, and the peer of `modelyard/otel`.
import dns from 'node:dns'
import fs from 'node:fs'
import { createRequire, registerHooks } from 'node:module'
import net from 'node:net'

const [kind, ...specifiers] = process.argv.slice(2)
const require = createRequire(import.meta.url)

const loaded = []
const done = []
registerHooks({
  load(url, context, next) {
    loaded.push(url)
    return next(url, context)
  },
})

const load = async (specifier) => (kind === 'esm' ? import(specifier) : require(specifier))

function watch(object, name, label, ignore = () => false) {
  const real = object[name]
  const watched = function (...values) {
    if (!ignore(values)) done.push(`${label}(${String(values[0])})`)
    return Reflect.apply(real, this, values)
  }
  Object.assign(object, { [name]: watched })
}

await load('openai')
// The peer that `modelyard/otel` stands on: test/architecture says that nothing else imports it.
await load('@opentelemetry/api')
loaded.length = 0

// Node itself reads the modules through fs.
const ofModules = ([path]) => /node_modules/.test(String(path))
for (const name of [
  'readFileSync',
  'readFile',
  'openSync',
  'open',
  'existsSync',
  'writeFileSync',
  'createReadStream',
  'createWriteStream',
  'mkdirSync',
]) {
  watch(fs, name, `fs.${name}`, ofModules)
}
for (const name of ['readFile', 'open', 'writeFile']) watch(fs.promises, name, `fs.promises.${name}`, ofModules)
watch(net.Socket.prototype, 'connect', 'connect')
watch(dns, 'lookup', 'lookup')
watch(globalThis, 'fetch', 'fetch')
watch(globalThis, 'setTimeout', 'setTimeout')
watch(globalThis, 'setInterval', 'setInterval')
process.env = new Proxy(process.env, {
  get(target, name) {
    // Node's own loader looks at these two.
    if (!['WATCH_REPORT_DEPENDENCIES', 'NODE_V8_COVERAGE'].includes(String(name))) done.push(`env.${String(name)}`)
    return Reflect.get(target, name)
  },
})
const globalsBefore = Object.getOwnPropertyNames(globalThis)
for (const specifier of specifiers) await load(specifier)
const globals = Object.getOwnPropertyNames(globalThis).filter((name) => !globalsBefore.includes(name))
console.log(JSON.stringify({ loaded, done, globals }))

// node first-use.mjs esm|cjs package...: prints which of the packages the first call to each provider loaded, as JSON.
import { createRequire, registerHooks } from 'node:module'

const [kind, ...packages] = process.argv.slice(2)
const require = createRequire(import.meta.url)
const load = async (specifier) => (kind === 'esm' ? import(specifier) : require(specifier))

let urls = []
registerHooks({
  load(url, context, next) {
    urls.push(url)
    return next(url, context)
  },
})

/** The packages of which files were loaded since this was asked before. */
function loaded() {
  const names = urls.map((url) => /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1])
  urls = []
  return packages.filter((name) => names.includes(name))
}

const fetch = async () => new Response('{}', { status: 503 })
const region = 'eu-central-1'
const providers = [
  { target: 'openai/gpt-4o', from: 'openai', make: ({ openai }) => openai({ fetch }) },
  {
    target: 'azure/gpt-4o',
    from: 'azure',
    make: ({ azure }) => azure({ fetch, baseURL: 'https://example.openai.azure.com/openai/v1' }),
  },
  { target: 'groq/llama-3.3-70b-versatile', from: 'compatible', make: ({ groq }) => groq({ fetch }) },
  { target: 'anthropic/claude-sonnet-5-5', from: 'anthropic', make: ({ anthropic }) => anthropic({ fetch }) },
  { target: 'google/gemini-3.8-flash', from: 'google', make: ({ google }) => google({ fetch }) },
  { target: 'mistral/mistral-small-2603', from: 'mistral', make: ({ mistral }) => mistral({ fetch }) },
  { target: 'bedrock/amazon.nova-lite-v1:0', from: 'bedrock', make: ({ bedrock }) => bedrock({ fetch, region }) },
  { target: 'perplexity/sonar', from: 'perplexity', make: ({ perplexity }) => perplexity({ fetch }) },
  { target: 'replicate/meta/meta-llama-3-8b-instruct', from: 'replicate', make: ({ replicate }) => replicate({ fetch }) },
  { target: 'm365-copilot/m365-copilot', from: 'm365-copilot', make: ({ m365Copilot }) => m365Copilot({ fetch }) },
  {
    target: 'anthropic-bedrock/anthropic.claude-sonnet-4-6',
    from: 'anthropic',
    make: ({ anthropicBedrock }) => anthropicBedrock({ fetch, region }),
  },
  {
    target: 'anthropic-vertex/claude-sonnet-4-6',
    from: 'anthropic',
    make: ({ anthropicVertex }) => anthropicVertex({ fetch, project: 'project', key: 'GOOGLE_TOKEN' }),
  },
]

const { createRouter, Secret } = await load('modelyard')
const keys = { get: async () => new Secret('key-of-the-test') }
const told = { modelyard: loaded() }
for (const { target, from, make } of providers) {
  const adapter = make(await load(`modelyard/${from}`))
  const client = createRouter({ providers: [adapter], keys, maxRetries: 0 })
  const body = { model: target, messages: [{ role: 'user', content: 'Hi' }] }
  const error = await client.chat.completions.create(body).catch((thrown) => thrown)
  told[adapter.id] = error.status === 503 ? loaded() : [String(error)]
}
console.log(JSON.stringify(told))

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const modules = fileURLToPath(new URL('../../node_modules/', import.meta.url))

/** The official SDKs, and what they get credentials, addresses and settings by. */
const packages = [
  'openai',
  '@anthropic-ai/sdk',
  '@anthropic-ai/bedrock-sdk',
  '@anthropic-ai/vertex-sdk',
  '@google/genai',
  'google-auth-library',
  'gaxios',
  'gcp-metadata',
  '@mistralai/mistralai',
  '@perplexity-ai/perplexity_ai',
  'replicate',
  '@github/copilot-sdk',
  '@aws-sdk',
  '@smithy',
  '@aws',
]

/** How their sources name a variable: read at once, by a helper, or by a constant. */
const names = [
  /\benv(?:\?\.|\.|\[['"])([A-Z_a-z]\w*)/g,
  /(?:read|get)Env\)?\(\s*['"`](\w+)/gi,
  /['"]((?:ANTHROPIC|AWS|AZURE|CLOUDSDK|COPILOT|GCLOUD|GITHUB|GOOGLE|MISTRAL|OPENAI|PERPLEXITY|REPLICATE)_[A-Z0-9_]+)['"]/g,
]

/** Every environment variable that the SDKs' sources name. */
export function variablesOfSdks(): ReadonlySet<string> {
  const found = new Set<string>()
  for (const name of packages) {
    for (const file of readdirSync(modules + name, { recursive: true, encoding: 'utf8' })) {
      // One of the builds of each, and no tests of theirs.
      if (!/\.c?js$/.test(file) || /(?:dist-es|dist-types|web|browser)\/|^(?:src|tests?|examples)\//.test(file)) continue
      for (const variable of namedIn(readFileSync(`${modules}${name}/${file}`, 'utf8'))) found.add(variable)
    }
  }
  return found
}

function namedIn(source: string): readonly string[] {
  if (!source.includes('env') && !source.includes('_')) return []
  return names.flatMap((pattern) => [...source.matchAll(pattern)].flatMap(([, name]) => name ?? []))
}

/** What a variable of this name is set to so that whoever reads it goes wrong. */
export function poisonFor(name: string, { elsewhere, home }: { readonly elsewhere: string; readonly home: string }): string {
  if (/(?:_URL|_ENDPOINT|_HOST|_URI|_PROXY)$/i.test(name)) return elsewhere
  if (/(?:_FILE|_DIR|_DIRECTORY|_PATH|_CREDENTIALS)$/i.test(name)) return `${home}/.poison`
  if (/^(?:HOME|USERPROFILE|APPDATA|XDG_CONFIG_HOME|CLOUDSDK_CONFIG|COPILOT_HOME)$/.test(name)) return home
  // These would switch others off.
  if (/^AWS_IGNORE|_DISABLED?$|^AWS_DISABLE/.test(name)) return 'false'
  return special[name] ?? (/_USE_|_ENABLED$|DEBUG/.test(name) ? 'true' : `poison-${name.toLowerCase()}`)
}

/** Where only some words are understood at all. */
const special: Readonly<Record<string, string>> = {
  ANTHROPIC_LOG: 'debug',
  AWS_DEFAULTS_MODE: 'in-region',
  AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: 'IPv4',
  AWS_MAX_ATTEMPTS: '4',
  AWS_PROFILE: 'default',
  AWS_RETRY_MODE: 'adaptive',
  OPENAI_LOG: 'debug',
  PERPLEXITY_LOG: 'debug',
}

/** Files where SDKs look for what they were not told, by their place in the user's home. */
export const poisonedFiles = (elsewhere: string): Readonly<Record<string, string>> => ({
  '.aws/config': `[default]\nregion = poison-region-1\nendpoint_url = ${elsewhere}\nmax_attempts = 4\n`,
  '.aws/credentials': '[default]\naws_access_key_id = poison-id\naws_secret_access_key = poison-secret\n',
  '.poison': `[default]\nregion = poison-region-1\nendpoint_url = ${elsewhere}\naws_access_key_id = poison-id\naws_secret_access_key = poison-secret\n`,
  'application_default_credentials.json': JSON.stringify({
    type: 'authorized_user',
    client_id: 'poison-client',
    client_secret: 'poison-secret',
    refresh_token: 'poison-token',
    quota_project_id: 'poison-project',
  }),
})

// The adapters of the page: what is asked of which model, and what no declaration tells. The notes are facts of the adapters'
// own documentation, which names the sources; whoever changes one changes the other.
import { anthropic, anthropicBedrock, anthropicVertex } from '../../src/providers/anthropic/index.ts'
import { azure } from '../../src/providers/azure/index.ts'
import { bedrock } from '../../src/providers/bedrock/index.ts'
import { githubCopilot } from '../../src/providers/github-copilot/index.ts'
import { google, vertex } from '../../src/providers/google/index.ts'
import { m365Copilot } from '../../src/providers/m365-copilot/index.ts'
import { codestral, mistral } from '../../src/providers/mistral/index.ts'
import { openai } from '../../src/providers/openai/index.ts'
import { perplexity } from '../../src/providers/perplexity/index.ts'
import { replicate } from '../../src/providers/replicate/index.ts'
import type { ProviderAdapter } from '../../src/contracts/adapter.ts'
import type { Fetch } from '../../src/providers/shared/options.ts'
import type { Subject } from './probe.ts'

/** Where the requests of an adapter go. */
export interface Wire {
  readonly fetch?: Fetch
}

type Make = (wire: Wire) => ProviderAdapter

/** Another model or door of the same provider, of which the page tells the differences. */
export interface Variant {
  readonly model?: string
  /** What makes its adapter another one, as code. */
  readonly option?: string
  readonly make?: Make
}

/** One section of the page. */
export interface Entry {
  readonly make: Make
  /** How a reader makes the adapter, as code. */
  readonly call: string
  /** Its subpath of the package. */
  readonly subpath: string
  /** The SDK that it needs, a peer dependency. */
  readonly sdk: string | undefined
  /** The model that it is asked about. */
  readonly model: string
  /** The provider of which this one tells only the differences. */
  readonly like?: string
  readonly others?: readonly Variant[]
  /** An option that makes it declare a region, as code, and the adapter with it. */
  readonly region?: { readonly option: string; readonly adapter: ProviderAdapter }
  /** Who asks, where that is not a key alone; Markdown. */
  readonly access?: string
  /** What else is to be known; Markdown. */
  readonly notes: readonly string[]
}

/** The adapter of an entry, or of one of its variants, and the model that it is asked about. */
export function subjectOf(entry: Entry, variant: Variant = {}, wire: Wire = {}): Subject {
  const { make = entry.make, model = entry.model } = variant
  return { adapter: make(wire), model }
}

const inRegion = { region: 'us-east-1' } as const
const inProject = { project: 'my-project', accessToken: async () => 'token' } as const
const resource = { resource: 'my-resource' } as const

/** Every adapter but those of `modelyard/compatible`, in the page's order. */
export const entries: readonly Entry[] = [
  {
    make: openai,
    call: 'openai()',
    subpath: 'openai',
    sdk: 'openai',
    model: 'gpt-6.1-sol',
    others: [{ model: 'gpt-4o' }, { model: 'gpt-audio' }],
    notes: [
      "Takes the Responses API where a request needs it: function tools with reasoning from GPT-5.4 on, the vendor's own tools, a " +
        'search by a model that is no search model. There `n`, `stop`, `seed`, penalties and `prediction` do not exist. `api` says ' +
        "`'chat'` or `'responses'` for everything.",
      "Sampling means nothing while a model reasons; with `reasoning_effort: 'none'`, from GPT-5.1 on, it is sent as it is.",
      'Any server of this format: `openai({ id, key, baseURL, models })`; for those that differ, ' +
        '[`openaiCompatible()`](#openai-compatible-vendors).',
    ],
  },
  {
    make: (wire) => azure({ ...resource, ...wire }),
    call: "azure({ resource: 'my-resource' })",
    subpath: 'azure',
    sdk: 'openai',
    model: 'gpt-6-sol',
    like: 'openai',
    others: [
      {
        option: "apiVersion: '2024-10-21'",
        make: (wire) => azure({ ...resource, apiVersion: '2024-10-21', ...wire }),
      },
    ],
    access: '`azureADTokenProvider` gives tokens of Microsoft Entra ID in place of a key.',
    notes: [
      'One of `resource`, `endpoint`, `baseURL` and `client` says where it is. By default it is the v1 API; a dated `apiVersion` ' +
        "makes it use the deployments' own paths, which have chat completions and embeddings alone.",
      "Models are named by their deployments. `deployments: { 'my-name': 'gpt-6-sol' }` says what is behind a name that is not its " +
        "model's: features, parameters, window and price follow it.",
      'What its filter says of prompt and answer is in the answer as it came; a blocked prompt is a `content_filter` failure.',
    ],
  },
  {
    make: anthropic,
    call: 'anthropic()',
    subpath: 'anthropic',
    sdk: '@anthropic-ai/sdk',
    model: 'claude-sonnet-5-5',
    others: [{ model: 'claude-haiku-4-5' }],
    notes: [
      'The vendor demands a limit of tokens: where the request has none, it is the most that the model can write.',
      'Its API version of 2026-10-21 refuses sampling. Models that take it are asked on version 2023-06-01 for a request that has it.',
      'Thinking comes back as `reasoning_content`, and goes back to the vendor, signed, in `provider_state`. Newer models bind it to ' +
        'all that stood before; where that has changed they are told to leave it out.',
      '`cache_control` on parts, tools and messages is sent as it is.',
    ],
  },
  {
    make: (wire) => anthropicBedrock({ ...inRegion, ...wire }),
    call: "anthropicBedrock({ region: 'us-east-1' })",
    subpath: 'anthropic',
    sdk: '@anthropic-ai/bedrock-sdk',
    model: 'us.anthropic.claude-sonnet-5-5',
    like: 'anthropic',
    others: [
      {
        option: "endpoint: 'mantle'",
        make: (wire) => anthropicBedrock({ ...inRegion, endpoint: 'mantle', ...wire }),
        model: 'anthropic.claude-sonnet-5-5',
      },
    ],
    region: { option: "residency: 'us'", adapter: anthropicBedrock({ ...inRegion, residency: 'us' }) },
    access: '`credentials` sign the requests in place of a key.',
    notes: ["[Claude on Bedrock and Vertex AI](claude-in-the-clouds.md) says who asks, and in what the clouds' doors differ."],
  },
  {
    make: (wire) => anthropicVertex({ ...inProject, ...wire }),
    call: "anthropicVertex({ project: 'my-project', googleAuth: 'default' })",
    subpath: 'anthropic',
    sdk: '@anthropic-ai/vertex-sdk',
    model: 'claude-sonnet-5-5',
    like: 'anthropic',
    region: { option: "location: 'eu'", adapter: anthropicVertex({ ...inProject, location: 'eu' }) },
    access: 'One of `googleAuth`, `authClient`, `accessToken` and `key` says who asks.',
    notes: ['[Claude on Bedrock and Vertex AI](claude-in-the-clouds.md) says more.'],
  },
  {
    make: google,
    call: 'google()',
    subpath: 'google',
    sdk: '@google/genai',
    model: 'gemini-3.8-flash',
    others: [{ model: 'gemini-2.5-flash-lite' }],
    notes: [
      'It speaks `v1beta`; `apiVersion` changes that. Files of its own Files API and videos of YouTube are left to the vendor.',
      'Of several calls in an answer to `parallel_tool_calls: false` only the first is handed over.',
      'A conversation with calls that another provider made goes on: they get the placeholder that the vendor accepts in place of a ' +
        'thought signature.',
    ],
  },
  {
    make: vertex,
    call: 'vertex()',
    subpath: 'google',
    sdk: '@google/genai',
    model: 'gemini-3.8-flash',
    like: 'google',
    region: {
      option: "location: 'eu'",
      adapter: vertex({ project: 'my-project', location: 'eu', googleAuthOptions: {} }),
    },
    access: 'A key alone is express mode; else `vertex({ project, location, googleAuthOptions })`.',
    notes: [
      'Its reasoning state has an owner of its own: nothing says that it takes signatures of the Gemini API, or the other way round.',
      'It takes `gs://` addresses besides.',
    ],
  },
  {
    make: mistral,
    call: 'mistral()',
    subpath: 'mistral',
    sdk: '@mistralai/mistralai',
    model: 'mistral-large-4',
    others: [{ model: 'mistral-large-2512' }],
    region: {
      option: "baseURL: 'https://api.eu.mistral.ai'",
      adapter: mistral({ baseURL: 'https://api.eu.mistral.ai' }),
    },
    notes: [
      '`temperature` above 1.5, the most that is accepted, comes down to it with a warning; an effort that the model does not know is ' +
        'sent as the nearest one it does.',
      'Tool ids of other vendors are replaced by nine letters and digits, the only form that is accepted.',
    ],
  },
  {
    make: codestral,
    call: 'codestral()',
    subpath: 'mistral',
    sdk: '@mistralai/mistralai',
    model: 'codestral-2508',
    like: 'mistral',
    notes: [
      "The code models at their own host, with keys of its own. Chat only: OpenAI's requests have no place for the text behind a gap.",
    ],
  },
  {
    make: (wire) => bedrock({ ...inRegion, ...wire }),
    call: "bedrock({ region: 'us-east-1' })",
    subpath: 'bedrock',
    sdk: '@aws-sdk/client-bedrock-runtime',
    model: 'us.anthropic.claude-sonnet-5-5',
    others: [
      { model: 'us.amazon.nova-2-lite-v1:0' },
      { model: 'meta.llama3-3-70b-instruct-v1:0' },
      { model: 'openai.gpt-oss-120b-1:0' },
    ],
    region: { option: "residency: 'us'", adapter: bedrock({ ...inRegion, residency: 'us' }) },
    access: "`credentials` sign the requests in place of a key; `'default'` is the SDK's own chain.",
    notes: [
      "Models of many makers by Converse: by id, inference profile or ARN. What each takes goes by its maker; Claude in its maker's " +
        'own format is [`anthropicBedrock()`](#anthropic-bedrock).',
      "`requestHandler` takes the place of `fetch` where the transport has to be one of AWS's.",
    ],
  },
  {
    make: perplexity,
    call: 'perplexity()',
    subpath: 'perplexity',
    sdk: '@perplexity-ai/perplexity_ai',
    model: 'perplexity/sonar',
    notes: [
      'The Agent API, which took the place of chat completions. Presets are models: `perplexity/preset/low`. It searches where ' +
        '`web_search_options` asks for it; what it found comes as `annotations` and `citations`.',
      'Embeddings are quantised: they are to be compared by their cosine.',
    ],
  },
  {
    make: replicate,
    call: 'replicate()',
    subpath: 'replicate',
    sdk: 'replicate',
    model: 'meta/meta-llama-3-70b-instruct',
    others: [{ model: 'openai/gpt-5' }],
    notes: [
      'Every model there has inputs of its own: [Replicate](replicate.md) says what a request becomes, and how to tell the inputs of ' +
        'a model that is not known.',
    ],
  },
  {
    make: githubCopilot,
    call: 'githubCopilot()',
    subpath: 'github-copilot',
    sdk: '@github/copilot-sdk',
    model: 'gpt-5.4',
    others: [{ option: 'tools: true', make: (wire) => githubCopilot({ tools: true, ...wire }) }],
    notes: [
      "An agent and no completion API: each call is a session of its own in the SDK's runtime process. " +
        "[GitHub Copilot](github-copilot.md) says what that means. Calls count against the account's allowance and have no price.",
    ],
  },
  {
    make: m365Copilot,
    call: 'm365Copilot({ getToken })',
    subpath: 'm365-copilot',
    sdk: undefined,
    model: 'microsoft-365-copilot',
    access: '`getToken` gives the delegated token of the user on whose behalf a call is made; for a single user the key holds one.',
    notes: [
      "A preview of Microsoft Graph's: [Microsoft 365 Copilot](microsoft-365-copilot.md) says what it needs and what an answer is. " +
        'Usage is an estimate, and says so.',
    ],
  },
]

/** The models that the vendors of `modelyard/compatible` are asked about; any where none is named. */
export const familyModels: Readonly<Record<string, string>> = {
  xai: 'grok-4.6',
  deepseek: 'deepseek-flash',
  cohere: 'command-a-plus-05-2026',
  moonshot: 'kimi-k3',
  zai: 'glm-5.3',
  groq: 'openai/gpt-oss-120b',
  together: 'meta-llama/Llama-3.3-70B-Instruct-Turbo',
  fireworks: 'accounts/fireworks/models/kimi-k3',
  cerebras: 'gpt-oss-120b',
}

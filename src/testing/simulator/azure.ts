import type { Dialect, ProblemContext, ProblemName, VendorError } from './dialect.ts'
import { openAIError } from './openai-errors.ts'
import { openaiDialect } from './openai.ts'
import type { WireRequest } from './turn.ts'

/** Azure OpenAI: OpenAI's formats below paths, keys and errors of its own. */
export const azureDialect: Dialect = {
  ...openaiDialect,
  vendor: 'azure',
  basePath: '/openai/v1',
  read: (request) => openaiDialect.read({ ...request, path: pathOf(request) }),
  key: (request) => request.headers['api-key'] ?? openaiDialect.key(request),
  check: (request, turn) => checkVersion(request) ?? openaiDialect.check(request, turn),
  problem: (name, context) => problems[name]?.(context) ?? openaiDialect.problem(name, context),
  headers: (stamp) => ({
    'apim-request-id': stamp.id('apim-'),
    'x-ms-region': 'Sweden Central',
    'x-ratelimit-remaining-requests': '99',
    'x-ratelimit-remaining-tokens': '99999',
  }),
  environment: (elsewhere) => ({
    ...openaiDialect.environment(elsewhere),
    AZURE_OPENAI_ENDPOINT: elsewhere,
    AZURE_OPENAI_API_KEY: 'poison-key',
    OPENAI_API_VERSION: 'poison-version',
  }),
}

/** The same path at OpenAI: `/openai/v1/…` and `/openai/deployments/NAME/…` are its `/v1/…`. */
function pathOf({ path }: WireRequest): string {
  return path.replace(/^\/openai\/(?:v1|deployments\/[^/]+)\//, '/v1/')
}

function checkVersion({ path, query }: WireRequest): VendorError | undefined {
  const dated = path.startsWith('/openai/deployments/')
  if (dated === /^\d{4}-\d{2}-\d{2}(?:-preview)?$/.test(query.get('api-version') ?? '')) return undefined
  return openAIError(404, { message: 'Resource not found', code: '404' })
}

const problems: Readonly<Partial<Record<ProblemName, (context: ProblemContext) => VendorError>>> = {
  'bad-key': ({ message }) =>
    openAIError(401, {
      message:
        message ??
        'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.',
      code: '401',
    }),
  'model-not-found': () =>
    openAIError(404, {
      message:
        'The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.',
      code: 'DeploymentNotFound',
    }),
  'rate-limit': () =>
    openAIError(429, {
      message:
        'Requests to the ChatCompletions_Create Operation under Azure OpenAI API have exceeded call rate limit of your current pricing tier. Please retry after 3 seconds.',
      code: '429',
    }),
  overloaded: () => openAIError(429, { message: 'No capacity is available for this deployment now.', code: 'NoCapacity' }),
  'content-filter': () => ({
    status: 400,
    body: {
      error: {
        message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        type: null,
        param: 'prompt',
        code: 'content_filter',
        status: 400,
        innererror: {
          code: 'ResponsibleAIPolicyViolation',
          content_filter_result: { hate: { filtered: true, severity: 'high' }, jailbreak: { filtered: false, detected: false } },
        },
      },
    },
  }),
}

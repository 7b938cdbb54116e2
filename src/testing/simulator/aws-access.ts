import { bedrockInvalid } from './bedrock-errors.ts'
import { isObject } from '../json.ts'
import type { VendorError } from './dialect.ts'
import type { WireRequest } from './turn.ts'

/** An API key, or the id of the key that signed for this service. */
export function awsKey({ headers }: WireRequest, service = 'bedrock'): string | undefined {
  const authorization = headers['authorization'] ?? ''
  const [, signer, signedFor] = credential.exec(authorization) ?? []
  return /^Bearer\s+(.+)$/i.exec(authorization)?.[1] ?? (signedFor === service ? signer : undefined)
}

const credential =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/[a-z0-9-]+\/([a-z-]+)\/aws4_request, SignedHeaders=[^,]+, Signature=[0-9a-f]{64}$/

/** What is wrong with a request whatever the model. */
export function awsProblem({ headers, body }: WireRequest): VendorError | undefined {
  if (!isObject(body)) return bedrockInvalid('Malformed input request, please reformat your input and try again.')
  const signs = headers['authorization']?.startsWith('AWS4-') === true
  return signs && headers['x-amz-date'] === undefined ? bedrockInvalid('The request is not dated.') : undefined
}

/** What AWS's SDKs, and others for its services, read. */
export function awsEnvironment(elsewhere: string): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: elsewhere,
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: elsewhere,
    AWS_REGION: 'poison-region-1',
    AWS_DEFAULT_REGION: 'poison-region-1',
    AWS_BEARER_TOKEN_BEDROCK: 'poison-key',
    AWS_ACCESS_KEY_ID: 'poison-access-key',
    AWS_SECRET_ACCESS_KEY: 'poison-secret',
    AWS_SESSION_TOKEN: 'poison-token',
    AWS_AUTH_SCHEME_PREFERENCE: 'sigv4',
    AWS_MAX_ATTEMPTS: '4',
    AWS_RETRY_MODE: 'adaptive',
    AWS_USE_FIPS_ENDPOINT: 'true',
    AWS_USE_DUALSTACK_ENDPOINT: 'true',
    AWS_SDK_UA_APP_ID: 'poison-app',
    AWS_EXECUTION_ENV: 'poison-environment',
    AWS_LAMBDA_FUNCTION_NAME: 'poison-function',
    _X_AMZN_TRACE_ID: 'Root=poison-trace',
  }
}

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { KMSClient } from '@aws-sdk/client-kms'
import * as z from 'zod/mini'

const requestShape = z.object({
  KeyId: z.string(),
  CiphertextBlob: z.optional(z.string()),
  EncryptionContext: z.record(z.string(), z.string()),
})

type Request = z.infer<typeof requestShape>

/** What AWS KMS does with data keys, on loopback, in its own wire format; and the SDK's client for it. */
export interface FakeKms extends AsyncDisposable {
  readonly client: KMSClient
  /** What was asked for, one after the other: `GenerateDataKey`. */
  readonly calls: string[]
  readonly contexts: object[]
  /** Answers everything with this error from now on. */
  failure: { readonly name: string; readonly status: number } | undefined
}

/** A service that holds one key for every id. */
export async function fakeKms(): Promise<FakeKms> {
  const keys = new Map<string, Buffer>()
  const calls: string[] = []
  const contexts: object[] = []
  const keyOf = (id: string): Buffer => {
    const key = keys.get(id) ?? randomBytes(32)
    keys.set(id, key)
    return key
  }
  const server = createServer((request, response) => {
    void respond(request, response)
  })

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readAll(request)
    const operation = String(request.headers['x-amz-target']).replace('TrentService.', '')
    calls.push(operation)
    const { failure } = kms
    const { status, answer } =
      failure === undefined
        ? handle(operation, body)
        : { status: failure.status, answer: { __type: failure.name, message: 'of the service' } }
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer))
  }

  function handle(operation: string, body: string): { status: number; answer: object } {
    const request = requestShape.parse(JSON.parse(body))
    contexts.push(request.EncryptionContext)
    if (operation !== 'GenerateDataKey') return decrypt(request)
    const plain = randomBytes(32)
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', keyOf(request.KeyId), nonce).setAAD(aadOf(request))
    const sealed = Buffer.concat([
      Buffer.from(request.KeyId.padEnd(16)),
      nonce,
      cipher.update(plain),
      cipher.final(),
      cipher.getAuthTag(),
    ])
    return {
      status: 200,
      answer: { CiphertextBlob: sealed.toString('base64'), Plaintext: plain.toString('base64'), KeyId: request.KeyId },
    }
  }

  function decrypt(request: Request): { status: number; answer: object } {
    const sealed = Buffer.from(request.CiphertextBlob ?? '', 'base64')
    const id = sealed.subarray(0, 16).toString().trim()
    if (keys.has(id) && id !== request.KeyId) return { status: 400, answer: { __type: 'IncorrectKeyException' } }
    try {
      const decipher = createDecipheriv('aes-256-gcm', keyOf(id), sealed.subarray(16, 28))
        .setAAD(aadOf(request))
        .setAuthTag(sealed.subarray(-16))
      const plain = Buffer.concat([decipher.update(sealed.subarray(28, -16)), decipher.final()])
      return { status: 200, answer: { Plaintext: plain.toString('base64'), KeyId: id } }
    } catch {
      return { status: 400, answer: { __type: 'InvalidCiphertextException' } }
    }
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const client = new KMSClient({
    region: 'eu-central-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'of-the-test' },
    maxAttempts: 1,
  })
  const kms: FakeKms = {
    client,
    calls,
    contexts,
    failure: undefined,
    async [Symbol.asyncDispose]() {
      client.destroy()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return kms
}

function aadOf({ EncryptionContext }: Request): Buffer {
  return Buffer.from(JSON.stringify(EncryptionContext))
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString()
}

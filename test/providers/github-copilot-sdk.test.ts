import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

// The adapter declares for itself what it uses of the SDK: this is what keeps it to the truth.
const source = `
import { CopilotClient, CopilotRequestHandler, RuntimeConnection } from '${root}/node_modules/@github/copilot-sdk/dist/index.js'
import type { MessageOptions, SessionConfig, SessionEvent } from '${root}/node_modules/@github/copilot-sdk/dist/index.js'
import type * as own from '${root}/src/providers/github-copilot/sdk.ts'
import type * as read from '${root}/src/providers/github-copilot/events.ts'

type Options = ConstructorParameters<typeof CopilotClient>[0]
type Data<Event, Type> = Extract<Event, { readonly type: Type }> extends { readonly data: infer Of } ? Of : never

declare const client: CopilotClient
export const isClient: own.RuntimeClient = client

export const isConfig = (config: own.SessionConfig): SessionConfig => config
export const isMessage = (message: own.SessionMessage): MessageOptions => message
export const isOptions = (options: Omit<own.ClientSettings, 'connection' | 'requestHandler'>): Options => options
export const isConnection: Options = { connection: RuntimeConnection.forStdio({ env: {} }) }

export class Handler extends CopilotRequestHandler {
  protected override sendRequest(...args: Parameters<own.RequestHandler['sendRequest']>): Promise<Response> {
    return Promise.resolve(new Response(args[0].url))
  }
}

type Name = read.SessionEvent['type']
type Missing = Exclude<Name, SessionEvent['type']>
export const missing: [Missing] extends [never] ? true : Missing = true

type Wrong = { [Type in Name]: Data<SessionEvent, Type> extends Data<read.SessionEvent, Type> ? never : Type }[Name]
export const wrong: [Wrong] extends [never] ? true : Wrong = true
`

it('what the adapter takes the SDK to be is what the SDK declares', { timeout: 120_000 }, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'modelyard-sdk-'))
  try {
    await writeFile(join(directory, 'check.ts'), source)
    const options = {
      compilerOptions: {
        strict: true,
        noEmit: true,
        target: 'es2023',
        module: 'nodenext',
        skipLibCheck: true,
        allowImportingTsExtensions: true,
        typeRoots: [join(root, 'node_modules/@types')],
        types: ['node'],
      },
      files: ['check.ts'],
    }
    await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(options))
    await writeFile(join(directory, 'package.json'), JSON.stringify({ type: 'module' }))
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const { output } = await promisify(execFile)(process.execPath, [compiler, '-p', directory, '--pretty', 'false']).then(
      ({ stdout }) => ({ output: stdout }),
      (error: unknown) => ({ output: error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error) }),
    )
    expect(output).toBe('')
  } finally {
    await rm(directory, { recursive: true })
  }
})

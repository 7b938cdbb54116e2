import type { AdapterCall, ProviderAdapter } from '../../src/contracts/adapter.ts'
import type { ChatRequest } from '../../src/contracts/chat.ts'
import type { Failure } from '../../src/contracts/failure.ts'
import { Secret } from '../../src/contracts/secret.ts'
import { vendorSimulator, type VendorSimulator } from '../../src/testing/index.ts'

/** An access key that nobody issued. */
export const credentials = { accessKeyId: 'AKIDEXAMPLE00000001', secretAccessKey: 'secret-of-the-test-0001' }

const simulators: VendorSimulator[] = []

/** A simulator that {@link closeAll} ends. */
export async function simulated(): Promise<VendorSimulator> {
  const simulator = await vendorSimulator()
  simulators.push(simulator)
  return simulator
}

/** Ends every simulator that was made. */
export async function closeAll(): Promise<void> {
  for (const each of simulators.splice(0)) await each.close()
}

/** A call with a question, a key and nothing else. */
export function callFor(model: string, request: Partial<ChatRequest> = {}, more: Partial<AdapterCall> = {}): AdapterCall {
  return {
    model,
    card: undefined,
    request: { model, messages: [{ role: 'user', content: 'Hello' }], ...request },
    secret: new Secret('key-of-the-test'),
    signal: new AbortController().signal,
    ...more,
  }
}

/** The text of a stream. */
export async function read(adapter: ProviderAdapter, call: AdapterCall): Promise<string> {
  let text = ''
  for await (const { choices } of adapter.stream(call)) text += choices[0]?.delta.content ?? ''
  return text
}

/** What a call failed with. */
export async function refused(adapter: ProviderAdapter, calling: Promise<unknown>): Promise<Omit<Failure, 'cause'>> {
  const thrown = await calling.then(
    () => new Error('It did not fail.'),
    (error: unknown) => error,
  )
  const { cause: _, ...failure } = adapter.failure(thrown)
  return failure
}

/** Variables for the time of a test. */
export function environment(values: Readonly<Record<string, string>>): Disposable {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, values)
  return {
    [Symbol.dispose]() {
      for (const [name, value] of before) {
        if (value === undefined) Reflect.deleteProperty(process.env, name)
        else process.env[name] = value
      }
    },
  }
}

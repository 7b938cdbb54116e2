// A fake of the Copilot SDK's client: what the adapter does with it is recorded, and what its sessions say is scripted.
import type { AdapterCall } from '../../src/contracts/adapter.ts'
import type { ChatRequest } from '../../src/contracts/chat.ts'
import { Secret } from '../../src/contracts/secret.ts'
import type { CopilotRuntime } from '../../src/providers/github-copilot/index.ts'

type SessionConfig = Parameters<CopilotRuntime['createSession']>[0]
type SessionMessage = Parameters<Awaited<ReturnType<CopilotRuntime['createSession']>>['send']>[0]
type SessionEvent = Parameters<SessionConfig['onEvent']>[0]

/** What a session says after its message. */
export type Script = (config: SessionConfig, message: SessionMessage) => readonly SessionEvent[]

export const event = {
  text: (deltaContent: string, messageId = 'm1'): SessionEvent => ({
    type: 'assistant.message_delta',
    data: { messageId, deltaContent },
  }),
  reasoning: (deltaContent: string): SessionEvent => ({ type: 'assistant.reasoning_delta', data: { deltaContent } }),
  message: (content: string, more: object = {}): SessionEvent => ({
    type: 'assistant.message',
    data: { messageId: 'm1', content, ...more },
  }),
  usage: (more: object = {}): SessionEvent => ({
    type: 'assistant.usage',
    data: { inputTokens: 20, outputTokens: 5, finishReason: 'stop', ...more },
  }),
  turnEnd: { type: 'assistant.turn_end', data: {} } satisfies SessionEvent,
  idle: { type: 'session.idle', data: {} } satisfies SessionEvent,
  error: (errorType: string, more: object = {}): SessionEvent => ({
    type: 'session.error',
    data: { errorType, message: `a ${errorType} error`, ...more },
  }),
  callFailure: (more: object = {}): SessionEvent => ({ type: 'model.call_failure', data: { source: 'top_level', ...more } }),
  served: (model: string): SessionEvent => ({ type: 'session.tools_updated', data: { model } }),
}

/** An answer as the runtime gives it. */
export const answer = (text: string): readonly SessionEvent[] => [
  event.text(text),
  event.usage(),
  event.message(text),
  event.turnEnd,
  event.idle,
]

export class FakeCopilot implements CopilotRuntime {
  /** What was done, in order: `start`, `create`, `send`, `abort`, `delete`, `disconnect`, `stop`, `forceStop`. */
  readonly log: string[] = []
  readonly configs: SessionConfig[] = []
  readonly messages: SessionMessage[] = []
  /** Sessions that are neither deleted nor disconnected. */
  readonly open = new Set<string>()
  isDead = false
  script: Script
  /** Holds back what sessions answer to these. */
  holds: Partial<Record<'create' | 'send', Promise<void>>> = {}
  failures: Partial<Record<'start' | 'create' | 'delete', Error>> = {}

  constructor(script: Script = () => answer('Hello')) {
    this.script = script
  }

  readonly start = (): Promise<void> => this.#did('start')
  readonly forceStop = (): Promise<void> => this.#did('forceStop')
  readonly ping = (): Promise<unknown> =>
    this.isDead ? Promise.reject(new Error('Connection is closed.')) : Promise.resolve({ message: 'pong' })

  readonly stop = async (): Promise<readonly Error[]> => {
    await this.#did('stop')
    return []
  }

  readonly createSession = async (config: SessionConfig): ReturnType<CopilotRuntime['createSession']> => {
    this.configs.push(config)
    await this.#did('create')
    await this.holds.create
    const { sessionId } = config
    this.open.add(sessionId)
    return {
      send: async (message) => {
        this.messages.push(message)
        await this.#did('send')
        await this.holds.send
        for (const each of this.script(config, message)) config.onEvent(each)
      },
      abort: () => this.#did('abort'),
      disconnect: async () => {
        this.open.delete(sessionId)
        await this.#did('disconnect')
      },
    }
  }

  readonly deleteSession = async (sessionId: string): Promise<void> => {
    await this.#did('delete')
    this.open.delete(sessionId)
  }

  async #did(what: string): Promise<void> {
    if (this.isDead) throw new Error('Connection is closed.')
    this.log.push(what)
    await Promise.resolve()
    const failure = Object.entries(this.failures).find(([name]) => name === what)?.[1]
    if (failure !== undefined) throw failure
  }
}

export const secret = new Secret('gho_token-of-the-tests')

export function callOf(request: Partial<ChatRequest> = {}, over: Partial<AdapterCall> = {}): AdapterCall {
  const whole: ChatRequest = { model: 'gpt-5.4', messages: [{ role: 'user', content: 'Hi' }] }
  return {
    model: 'gpt-5.4',
    card: undefined,
    request: Object.assign(whole, request),
    secret,
    signal: new AbortController().signal,
    ...over,
  }
}

import { ModelyardError } from '../errors.ts'

/** What is used of a client of the `redis` package (node-redis 4 and newer). */
export interface NodeRedisClient {
  readonly isOpen: boolean
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  publish(channel: string, message: string): Promise<unknown>
  ping(): Promise<unknown>
  duplicate(): NodeRedisSubscriber
}

/** Its connection for news. */
export interface NodeRedisSubscriber {
  connect(): Promise<unknown>
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>
  on(event: 'ready' | 'error', listener: () => void): unknown
  destroy(): unknown
}

/** What is used of a client of the `ioredis` package (5 and newer). */
export interface IORedisClient {
  readonly status: string
  eval(script: string, keys: number, ...keysAndArguments: string[]): Promise<unknown>
  publish(channel: string, message: string): Promise<unknown>
  ping(): Promise<unknown>
  duplicate(): IORedisSubscriber
}

/** Its connection for news. */
export interface IORedisSubscriber {
  subscribe(channel: string): Promise<unknown>
  on(event: 'message', listener: (channel: string, message: string) => void): unknown
  on(event: 'ready' | 'error', listener: () => void): unknown
  disconnect(): unknown
}

/** A client of the user's own: it is connected, and closed, by the user. */
export type RedisClient = NodeRedisClient | IORedisClient

/** What the stores here need of Redis, whichever client it is. */
export interface RedisPort {
  run(script: string, keys: readonly string[], parameters: readonly string[]): Promise<unknown>
  publish(channel: string, message: string): Promise<void>
  ping(): Promise<void>
  /** Hears a channel on a connection of its own. `ready` is called whenever that connection is there again. */
  hear(channel: string, listener: { readonly message: (message: string) => void; readonly ready: () => void }): Promise<void>
  /** Ends the connection for news; the user's own stays as it is. */
  close(): void
}

/**
 * The client as the stores use it.
 *
 * @throws {@link ModelyardError} `BAD_OPTION` for anything that is no client of either package.
 */
export function redisPort(client: unknown): RedisPort {
  if (isIORedis(client)) return ioredisPort(client)
  if (isNodeRedis(client)) return nodeRedisPort(client)
  throw new ModelyardError('BAD_OPTION', "redis: `client` must be a client of the 'redis' or 'ioredis' package.", {
    field: 'client',
  })
}

function has(client: unknown, ...methods: readonly string[]): client is object {
  return (
    typeof client === 'object' && client !== null && methods.every((method) => typeof Reflect.get(client, method) === 'function')
  )
}

function isIORedis(client: unknown): client is IORedisClient {
  return has(client, 'eval', 'publish', 'ping', 'duplicate') && typeof Reflect.get(client, 'status') === 'string'
}

function isNodeRedis(client: unknown): client is NodeRedisClient {
  return has(client, 'eval', 'publish', 'ping', 'duplicate') && typeof Reflect.get(client, 'isOpen') === 'boolean'
}

function nodeRedisPort(client: NodeRedisClient): RedisPort {
  let subscriber: NodeRedisSubscriber | undefined
  return {
    run: (script, keys, parameters) => client.eval(script, { keys: [...keys], arguments: [...parameters] }),
    publish: async (channel, message) => void (await client.publish(channel, message)),
    ping: async () => void (await client.ping()),
    async hear(channel, { message, ready }) {
      subscriber?.destroy()
      subscriber = client.duplicate()
      // Without a listener an error of its would end the process; what matters is told by `ready` and by silence.
      subscriber.on('error', () => undefined)
      await subscriber.connect()
      await subscriber.subscribe(channel, message)
      subscriber.on('ready', ready)
    },
    close: () => void subscriber?.destroy(),
  }
}

function ioredisPort(client: IORedisClient): RedisPort {
  let subscriber: IORedisSubscriber | undefined
  return {
    run: (script, keys, parameters) => client.eval(script, keys.length, ...keys, ...parameters),
    publish: async (channel, message) => void (await client.publish(channel, message)),
    ping: async () => void (await client.ping()),
    async hear(channel, { message, ready }) {
      subscriber?.disconnect()
      subscriber = client.duplicate()
      subscriber.on('error', () => undefined)
      subscriber.on('message', (_, text) => message(text))
      await subscriber.subscribe(channel)
      subscriber.on('ready', ready)
    },
    close: () => void subscriber?.disconnect(),
  }
}

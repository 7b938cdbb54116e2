import { AttemptError } from '../../errors.ts'
import type { JsonObject } from '../shared/json.ts'
import type { Connection } from './client.ts'
import { isSignedRequest, type SignedRequest } from './transport.ts'

/** The service's ways to ask a model: the common one, the same streamed, and the one in a maker's own words. */
export type Operation = 'converse' | 'converse-stream' | 'invoke'

/** Which model is asked, and how. */
export interface Command {
  readonly model: string
  readonly operation: Operation
}

/** What happens to a request in place of the SDK's own steps. */
export interface Steps {
  readonly body: JsonObject
  readonly transmit: (request: SignedRequest) => Promise<void>
}

/**
 * Gives the command to the SDK, which addresses and authorises a request for it; the body is ours, and so is what happens to
 * the request then.
 */
export async function issued(
  { sdk, client }: Connection,
  { model: modelId, operation }: Command,
  { body, transmit }: Steps,
): Promise<void> {
  const write: Step = (next) => (args) => {
    const { request } = args
    if (isSignedRequest(request)) {
      request.body = JSON.stringify(body)
      request.headers['content-type'] = 'application/json'
    }
    return next(args)
  }
  const writing = { step: 'build', priority: 'high', name: 'modelyardBody' } as const
  const transmitting = { step: 'deserialize', priority: 'high', name: 'modelyardTransport' } as const
  const answering = () => async (args: { readonly request: unknown }) => {
    await sent(args, transmit)
    return { response: undefined, output: nothing }
  }
  if (operation === 'invoke') {
    const command = new sdk.InvokeModelCommand({ modelId, accept: 'application/json' })
    command.middlewareStack.add(write, writing)
    // The SDK's answer to this command has a class of its own: it gets none.
    const ending = () => async (args: { readonly request: unknown }) => {
      await sent(args, transmit)
      throw new AttemptError('internal', 'The request has been sent.')
    }
    command.middlewareStack.add(ending, transmitting)
    await client.send(command)
  } else if (operation === 'converse-stream') {
    const command = new sdk.ConverseStreamCommand({ modelId })
    command.middlewareStack.add(write, writing)
    command.middlewareStack.add(answering, transmitting)
    await client.send(command)
  } else {
    const command = new sdk.ConverseCommand({ modelId })
    command.middlewareStack.add(write, writing)
    command.middlewareStack.add(answering, transmitting)
    await client.send(command)
  }
}

/** A step of the SDK's on a request's way, whatever the command. */
type Step = <Args extends { readonly request: unknown }, Sent>(next: (args: Args) => Promise<Sent>) => (args: Args) => Promise<Sent>

/** What the SDK hears of the answer. */
const nothing = {
  $metadata: {},
  output: undefined,
  stopReason: undefined,
  usage: undefined,
  metrics: undefined,
  stream: undefined,
}

function sent({ request }: { readonly request: unknown }, transmit: Steps['transmit']): Promise<void> {
  if (isSignedRequest(request)) return transmit(request)
  throw new AttemptError('internal', 'The SDK made a request of an unknown kind.')
}

import { AttemptError } from '../../errors.ts'

/** The text of an answer; a connection that breaks inside it is `network`, unless the attempt was stopped. */
export async function bodyText(response: Response, signal: AbortSignal): Promise<string> {
  try {
    return await response.text()
  } catch (error) {
    signal.throwIfAborted()
    throw new AttemptError('network', 'The connection broke inside the answer.', { cause: error })
  }
}

/** The work, or the signal's reason as soon as there is one, for work that is not told of the signal. */
export async function abortable<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  // Nobody may be left to hear of it.
  work.catch(() => undefined)
  signal.throwIfAborted()
  let abort: (() => void) | undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort)
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    if (abort !== undefined) signal.removeEventListener('abort', abort)
  }
}

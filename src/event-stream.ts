import type { Delivery } from './deliver.ts'

/** A delivery as the bytes of an OpenAI event stream. Nothing is read ahead of the reader; cancelling leaves the delivery. */
export function eventStream(delivery: Delivery): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller): Promise<void> {
        const { value, done } = await delivery.next()
        controller.enqueue(encoder.encode(`data: ${done === true ? '[DONE]' : JSON.stringify(value)}\n\n`))
        if (done === true) controller.close()
      },
      async cancel(): Promise<void> {
        await delivery.return()
      },
    },
    { highWaterMark: 0 },
  )
}

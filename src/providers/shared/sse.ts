import { AttemptError } from '../../errors.ts'
import { utf8Decoder } from './utf8.ts'

/** One server-sent event. `id` and `retry` lines are of no use to anyone here and are skipped. */
export interface SseEvent {
  readonly event: string | undefined
  /** The data lines, joined by line feeds. */
  readonly data: string
}

/**
 * Decodes the text of an event stream, synchronously. Each character is looked at once, so that an event of any size, in
 * any number of pieces, takes linear time: an unfinished line is a rope that nothing flattens before its line feed has come.
 */
class SseDecoder {
  #line = ''
  #event: string | undefined
  #data: string | undefined
  #afterReturn = false

  /** The events that this piece of text completes. */
  push(text: string): SseEvent[] {
    const out: SseEvent[] = []
    if (text !== '') this.#lines(this.#afterReturn || text.includes('\r') ? this.#unified(text) : text, out)
    return out
  }

  /** The event that the end of the stream completes, if the last one lacks its blank line. */
  end(): SseEvent[] {
    const out: SseEvent[] = []
    if (this.#line !== '') this.#take(this.#line, out)
    this.#line = ''
    this.#take('', out)
    return out
  }

  /** Every line break as one line feed, also one that is cut in two. */
  #unified(text: string): string {
    const rest = this.#afterReturn && text.charCodeAt(0) === lineFeed ? text.slice(1) : text
    this.#afterReturn = text.charCodeAt(text.length - 1) === carriageReturn
    return rest.replaceAll(/\r\n?/g, '\n')
  }

  #lines(text: string, out: SseEvent[]): void {
    let from = 0
    for (let feed = text.indexOf('\n'); feed !== -1; feed = text.indexOf('\n', from)) {
      if (
        text.charCodeAt(feed + 1) === lineFeed &&
        this.#line === '' &&
        this.#data === undefined &&
        text.startsWith('data: ', from)
      ) {
        // By far the commonest: a whole event of one data line.
        out.push({ event: this.#event, data: text.slice(from + 6, feed) })
        this.#event = undefined
        from = feed + 2
      } else {
        const tail = text.slice(from, feed)
        this.#take(this.#line === '' ? tail : this.#line + tail, out)
        this.#line = ''
        from = feed + 1
      }
    }
    if (from < text.length) this.#line += from === 0 ? text : text.slice(from)
  }

  #take(line: string, out: SseEvent[]): void {
    if (line === '') {
      // Without a data line there is no event, whatever its name (HTML Standard, 9.2.6).
      if (this.#data !== undefined) out.push({ event: this.#event, data: this.#data })
      this.#event = undefined
      this.#data = undefined
    } else if (line.startsWith('data:')) {
      const value = line.slice(line.charCodeAt(5) === space ? 6 : 5)
      this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`
    } else if (line.startsWith('event:')) {
      this.#event = line.slice(line.charCodeAt(6) === space ? 7 : 6)
    } else if (line === 'data') {
      this.#data = this.#data === undefined ? '' : `${this.#data}\n`
    }
  }
}

/** Makes events of the bytes of a body, synchronously. */
export interface EventDecoder {
  /** The events that these bytes complete. */
  push(bytes: Uint8Array): SseEvent[]
  /** The events that the end of the body completes. */
  end(): SseEvent[]
}

/** Server-sent events. */
export function sseDecoder(): EventDecoder {
  const utf8 = utf8Decoder()
  const decoder = new SseDecoder()
  return {
    push: (bytes) => decoder.push(utf8.decode(bytes)),
    end: () => [...decoder.push(utf8.end()), ...decoder.end()],
  }
}

const lineFeed = 10
const carriageReturn = 13
const space = 32

/** What a read of a body gives. */
export type ReadResult = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>>

/** How an event stream is read. */
export interface ReadOptions {
  /**
   * Tells the vendor's terminal event (`[DONE]`). Nothing after it is read or waited for, but the connection gets a moment
   * to end by itself, so that it can be used again.
   */
  readonly isLast?: (event: SseEvent) => boolean
  /** Whether the answer is complete already: from then on a silent or broken connection is no more than its end. */
  readonly isComplete?: () => boolean
  /** What reads the bytes, where they are no server-sent events. One for each body. */
  readonly decoder?: EventDecoder | undefined
}

/** Reads the events of a response body: one batch for each network chunk that completes any. Whoever leaves early closes it. */
export class EventReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #signal: AbortSignal
  readonly #options: ReadOptions
  readonly #decoder: EventDecoder
  readonly #abort: () => void
  #ended = false

  constructor(body: ReadableStream<Uint8Array>, signal: AbortSignal, options: ReadOptions = {}) {
    this.#reader = body.getReader()
    this.#signal = signal
    this.#options = options
    this.#decoder = options.decoder ?? sseDecoder()
    this.#abort = () => quietly(this.#reader.cancel(signal.reason))
    signal.addEventListener('abort', this.#abort)
  }

  /** The next network chunk. Once the answer is complete a silent or broken connection is no more than its end. */
  read(): Promise<ReadResult> {
    return this.#options.isComplete?.() === true ? readMore(this.#reader) : this.#reader.read()
  }

  /** Whether the last event has been read, or the body was let go: there is nothing more to read. */
  get ended(): boolean {
    return this.#ended
  }

  /** The events that this chunk, or as `undefined` the body's end, completes. Throws the reason of an abort. */
  accept(chunk: Uint8Array | undefined): readonly SseEvent[] {
    // A cancelled body ends as if it were whole.
    if (this.#signal.aborted && this.#options.isComplete?.() !== true) this.#signal.throwIfAborted()
    const { isLast } = this.#options
    const events = chunk === undefined ? this.#decoder.end() : this.#decoder.push(chunk)
    const last = isLast === undefined ? -1 : events.findIndex(isLast)
    if (chunk === undefined || last !== -1) this.#end()
    return last === -1 ? events : events.slice(0, last + 1)
  }

  /** What a failed read means: the abort's reason, or an {@link AttemptError} `truncated`. Lets the body go. */
  errorOf(error: unknown): unknown {
    this.close()
    if (this.#signal.aborted) return this.#signal.reason
    return error instanceof AttemptError ? error : broken(error)
  }

  /** Lets the body go. */
  close(): void {
    if (this.#ended) return
    this.#ended = true
    this.#signal.removeEventListener('abort', this.#abort)
    quietly(this.#reader.cancel())
  }

  #end(): void {
    this.#ended = true
    this.#signal.removeEventListener('abort', this.#abort)
    quietly(drain(this.#reader))
  }
}

function broken(error: unknown): AttemptError {
  const reason = error instanceof Error ? error.message : 'unknown reason'
  return new AttemptError('truncated', `The stream broke: ${reason}`, { cause: error })
}

const graceMs = 200
const usageMs = 2000

/** The next chunk of an answer that is complete but for its usage: not worth an error, nor a long wait. */
async function readMore(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<ReadResult> {
  const timer = setTimeout(() => quietly(reader.cancel()), usageMs)
  try {
    return await reader.read()
  } catch {
    return { value: undefined, done: true }
  } finally {
    clearTimeout(timer)
  }
}

/** Lets a response end by itself, which keeps its connection usable, but not for long. */
async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  const timer = setTimeout(() => quietly(reader.cancel()), graceMs)
  timer.unref()
  try {
    while (!(await reader.read()).done) continue
  } finally {
    clearTimeout(timer)
  }
}

/** For clean-up whose outcome matters to nobody any more. */
function quietly(work: Promise<unknown>): void {
  work.catch(() => undefined)
}

import { Assembly } from './assembled.ts'
import { jsonCopy } from './body.ts'
import type { AuditEvent } from './contracts/audit.ts'
import type { ChatCompletion, ChatCompletionChunk } from './contracts/chat.ts'
import type { AuditContent, Content, ContentJob } from './contracts/content.ts'
import type { Secret } from './contracts/secret.ts'
import { withoutKeys } from './key-traces.ts'
import { isRestart } from './restart.ts'
import type { SubjectSource } from './subject.ts'

/** Who a request's records are about. */
interface RequestAbout {
  readonly requestId?: string
  readonly agent?: string
  readonly tenant?: string
  readonly subject?: string
}

/** What of a request's body goes into the trail. */
export interface Asked extends SubjectSource {
  readonly messages?: readonly unknown[]
  readonly input?: unknown
}

/** What notes work with. */
export interface NotesParts {
  readonly content: AuditContent | undefined
  /** The hash of the request's user. */
  readonly subjectOf: ((source: SubjectSource) => string | undefined) | undefined
  /** Puts content into the trail, later. */
  readonly add: (event: AuditEvent, about: RequestAbout, job: ContentJob) => Promise<void> | undefined
}

/** What the trail is to know of requests beyond their events: who they are for, what they say. Only where that is asked for. */
export class ContentNotes {
  readonly #parts: NotesParts
  readonly #open = new Map<string, RequestNotes>()

  constructor(parts: NotesParts) {
    this.#parts = parts
  }

  /** A request is about to be accepted. */
  open(requestId: string, asked: Asked): void {
    this.#open.set(requestId, new RequestNotes(this.#parts, asked))
  }

  /** The notes of a request that has not ended. */
  of(requestId: string): RequestNotes | undefined {
    return this.#open.get(requestId)
  }

  /** Told of every event, for the sake of those that begin or end a request. */
  heard({ type }: AuditEvent, about: RequestAbout): void {
    const notes = this.#open.get(about.requestId ?? '')
    if (notes === undefined) return
    if (type === 'request.accepted') notes.about = about
    if (type !== 'request.completed' && type !== 'request.failed' && type !== 'request.cancelled') return
    notes.ended()
    this.#open.delete(about.requestId ?? '')
  }
}

/** The notes of one request. */
export class RequestNotes {
  readonly subject: string | undefined
  about: RequestAbout = {}
  readonly #parts: NotesParts
  readonly #secrets = new Set<Secret>()
  #asked: Content | undefined
  /** Done when what was told of it last is written. */
  #told: Promise<void> | undefined
  /** Answers that were begun in its place, and came to nothing. */
  #voided: unknown[] = []
  #streamed: Assembly | undefined
  #isUnreadable = false

  constructor(parts: NotesParts, asked: Asked) {
    this.#parts = parts
    this.subject = parts.subjectOf?.(asked)
    this.#asked = parts.content?.request === true ? contentOf(asked) : undefined
  }

  /** A call goes out: from now on nobody waits for what is written down of it. */
  sent(secret: Secret): void {
    this.#secrets.add(secret)
    this.#tellAsked()
  }

  /** The caller gets this answer. */
  answered({ choices }: ChatCompletion): void {
    if (this.#parts.content?.answer === true) this.#tell('answer.content', { messages: choices.map(copyOfMessage) })
  }

  /** The caller gets this piece of an answer. */
  chunk(chunk: ChatCompletionChunk): void {
    if (this.#parts.content?.answer !== true) return
    try {
      this.#add(chunk)
    } catch {
      // The caller gets it all the same.
      this.#isUnreadable = true
    }
  }

  #add(chunk: ChatCompletionChunk): void {
    if (isRestart(chunk)) {
      this.#voided.push(...(this.#streamed?.messages ?? []))
      this.#streamed = undefined
    } else {
      this.#streamed ??= new Assembly()
      this.#streamed.add(chunk)
    }
  }

  ended(): void {
    this.#tellAsked()
    if (this.#streamed !== undefined) this.#tell('answer.content', { messages: [...this.#voided, ...this.#streamed.messages] })
  }

  #tellAsked(): void {
    const asked = this.#asked
    this.#asked = undefined
    if (asked !== undefined) this.#tell('request.content', asked)
  }

  #tell(type: 'request.content' | 'answer.content', content: Content): void {
    const { content: by, add } = this.#parts
    if (by === undefined) return
    const { subject, about } = this
    const scrub = withoutKeys([...this.#secrets])
    const keeper = this.#isUnreadable && type === 'answer.content' ? { ...by, keep: unreadable } : by
    const job = { by: keeper, content, scrub, after: this.#told }
    this.#told = add({ type }, subject === undefined ? about : { ...about, subject }, job)
  }
}

/** Counted as lost. */
function unreadable(): never {
  throw new TypeError('a chunk that cannot be put together with the others')
}

/** The caller may change its answer as soon as it has it. What cannot be copied cannot be kept either, and is counted then. */
function copyOfMessage(choice: ChatCompletion['choices'][number]): unknown {
  try {
    return jsonCopy(choice.message)
  } catch {
    return choice
  }
}

function contentOf({ messages, input }: Asked): Content | undefined {
  if (messages !== undefined) return { messages }
  return input === undefined ? undefined : { input }
}

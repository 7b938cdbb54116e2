import type { AuditPersonal } from './audit-link.ts'

/** What a request or its answer says. */
export type Content =
  | { /** Of a chat: its messages, or those of the answer. */ readonly messages: readonly unknown[] }
  | { /** What is to be embedded or moderated. */ readonly input: unknown }

/** The content of a record, as it is kept. */
export type KeptContent = Pick<AuditPersonal, 'content' | 'sealed'>

/** What becomes of content on its way into the trail; `auditContent()` of `modelyard/audit/content` makes one. */
export interface AuditContent {
  /** Whether what is asked goes into the trail. */
  readonly request: boolean
  /** Whether what is answered does. */
  readonly answer: boolean
  /**
   * Begins with a piece of content. Whatever goes wrong, here or later, loses it: nothing raw is ever kept instead. `scrub` takes
   * keys out of a text.
   */
  keep(content: Content, scrub: (text: string) => string): Keeping
  /** Loads what that needs, for `verify()`. Rejects with ModelyardError `MISSING_SDK`, which names the package as its `field`. */
  load?(): Promise<void>
}

/** Content that is being made ready. */
export interface Keeping {
  /** About how much memory it takes meanwhile. */
  readonly bytes: number
  readonly kept: Promise<KeptContent>
}

/** One piece of content on its way. */
export interface ContentJob {
  readonly by: AuditContent
  readonly content: Content
  /** Takes keys out of a text. */
  readonly scrub: (text: string) => string
  /** The content before it of the same request: its record comes first. */
  readonly after: Promise<void> | undefined
}

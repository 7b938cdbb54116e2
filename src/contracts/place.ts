/** A request's place before the gate of the audit trail. */
export interface Place {
  /** Resolves when the request may go on. */
  readonly free: Promise<void>
  /** Gives the place up. */
  leave(): void
}

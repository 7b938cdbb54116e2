/** What can be wrong with a file. */
export type FileFaultKind =
  /** It may be read by others than its owner. */
  | 'permissions'
  /** There is no such file or folder. */
  | 'missing'
  /** The system does not let it be read. */
  | 'unreadable'
  /** It could not be written; what was there before is still there. */
  | 'unwritable'
  /** Another writer has held the lock for too long. */
  | 'locked'

/** A file that could not be read or written. Whoever keeps something in it puts that into an error of its own. */
export class FileFault extends Error {
  readonly kind: FileFaultKind

  constructor(kind: FileFaultKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'FileFault'
    this.kind = kind
  }
}

/** What a request says of who it is made for. */
export interface SubjectSource {
  readonly safety_identifier?: string | null | undefined
  readonly user?: string | null | undefined
  readonly metadata?: Readonly<Record<string, string>> | null | undefined
}

/** How the end user of a request is found, and hashed. */
export interface SubjectOptions {
  /** A secret of at least 16 characters, always the same: without it nobody can tell by trying which user a hash stands for. */
  readonly pepper: string
  /** Where the user is named. Default: `safety_identifier`, or `user` where there is none. A function that throws names nobody. */
  readonly from?: 'safety_identifier' | 'user' | ((source: SubjectSource) => string | undefined)
}

/**
 * The hash that stands for a user in the audit trail: HMAC-SHA-256 with the pepper, base64url. Archives erase by it:
 * `archive.deleteSubject(auditSubject('user-1', pepper))`.
 */
export function auditSubject(user: string, pepper: string): string {
  // Loaded here: most who import this package never hash a name.
  return process.getBuiltinModule('node:crypto').createHmac('sha256', pepper).update(user).digest('base64url')
}

/** Hashes the user of a request; nothing where it names none. Absent where nobody asked for it. */
export function subjectsBy(options: SubjectOptions | undefined): ((source: SubjectSource) => string | undefined) | undefined {
  if (options === undefined) return undefined
  const { pepper, from } = options
  return ({ safety_identifier, user: caller, metadata }) => {
    const user = named({ safety_identifier, user: caller, metadata }, from)
    return typeof user === 'string' && user !== '' ? auditSubject(user, pepper) : undefined
  }
}

function named(source: SubjectSource, from: SubjectOptions['from']): unknown {
  if (from === undefined) return source.safety_identifier ?? source.user
  if (typeof from === 'string') return source[from]
  try {
    return from(source)
  } catch {
    return undefined
  }
}

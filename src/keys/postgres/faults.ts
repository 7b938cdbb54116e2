import { ModelyardError } from '../../errors.ts'
import { codeOf } from '../../files/private-file.ts'
import { isTableMissing, sqlState } from '../../postgres.ts'
import { KeyStoreError } from '../failure.ts'

/** What kept the keys from being read, as a key store says it. Faults of what is stored, and of the master key, stay as they are. */
export function readingFault(cause: unknown): unknown {
  if (ModelyardError.is(cause)) return cause
  if (isTableMissing(cause)) return noTable(cause)
  return new KeyStoreError('unreadable', `keys: the database cannot be read: ${reasonOf(cause)}`, { cause })
}

/** What kept a change from being made. */
export function writingFault(cause: unknown, isCommitting: boolean): unknown {
  if (ModelyardError.is(cause)) return cause
  if (isTableMissing(cause)) return noTable(cause)
  if (sqlState(cause) === '55P03')
    return new KeyStoreError('locked', 'keys: another writer has locked the table of keys for too long', { cause })
  const outcome = isCommitting ? 'It is not known whether it was: list() shows it' : 'What was stored is as it was'
  return new KeyStoreError('unwritable', `keys: the change was not confirmed by the database: ${reasonOf(cause)}. ${outcome}`, {
    cause,
  })
}

export function noKeys(wereThere: boolean): KeyStoreError {
  return new KeyStoreError(
    'missing',
    wereThere
      ? 'keys: the keys are gone from their table'
      : 'keys: there are no keys in the table yet. set() puts the first one there',
  )
}

function noTable(cause: unknown): KeyStoreError {
  return new KeyStoreError('missing', `keys: ${reasonOf(cause)}. Call migrate() of postgresKeys() once`, { cause })
}

/** The database's own words, which know statements and names of tables but no values. */
function reasonOf(cause: unknown): string {
  const known = reasons[sqlState(cause) ?? '']
  if (known !== undefined) return known
  if (cause instanceof Error && cause.message !== '') return cause.message
  const code = codeOf(cause)
  return code === '' ? 'unknown reason' : code
}

const reasons: Readonly<Record<string, string>> = {
  '25006': 'it is read-only',
  '53100': 'its disk is full',
}

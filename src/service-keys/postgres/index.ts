import { isRecord } from '../../contracts/check-shape.ts'
import type { ServiceKeyStore, StoredServiceKey } from '../../contracts/service-keys.ts'
import { ModelyardError } from '../../errors.ts'
import type { PgPool } from '../../postgres.ts'
import { checkPool, queriesOf, tableNames } from '../../postgres.ts'
import { isStored } from '../stored.ts'

/** Options of {@link postgresServiceKeys}. */
export interface PostgresServiceKeysOptions {
  /** A `Pool` of the `pg` package, which you make and end. It has to lead to the primary server: a replica learns of a revocation late. */
  readonly pool: PgPool
  /** The table, as `name` or `schema.name`. Default `modelyard_service_keys`. */
  readonly table?: string
}

/** A store of service keys in PostgreSQL. */
export interface PostgresServiceKeys extends ServiceKeyStore {
  /**
   * Makes the table, and leaves alone what is there. Needs the right to create in the table's schema. May be called by any number of
   * processes at once. Rejects as the pool does.
   */
  migrate(): Promise<void>
}

/**
 * Keeps service keys in a table of PostgreSQL (12 or newer). Each call with a key is one look into the table, so that what was
 * revoked anywhere holds nowhere. Everything rejects as the pool does.
 *
 * @throws ModelyardError `BAD_OPTION` with the field.
 */
export function postgresServiceKeys({ pool, table = 'modelyard_service_keys' }: PostgresServiceKeysOptions): PostgresServiceKeys {
  checkPool(pool, 'postgresServiceKeys')
  const { quoted } = tableNames(table, 'postgresServiceKeys')
  const queries = queriesOf(pool, 'postgresServiceKeys')
  return {
    async migrate() {
      // Several statements in one query are one transaction, on one connection.
      await pool.query(schemaOf(quoted))
    },
    async add({ id, revokedAt, ...rest }) {
      await queries.query(`INSERT INTO ${quoted} (id, key, revoked_at) VALUES ($1, $2, $3)`, [id, JSON.stringify(rest), revokedAt])
    },
    async find(id) {
      const { rows } = await queries.read(`SELECT ${columns} FROM ${quoted} WHERE id = $1`, [id])
      return rows.map(keyOf)[0]
    },
    async revoke(id, revokedAt) {
      const { rows } = await queries.query(
        `UPDATE ${quoted} SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING id`,
        [id, revokedAt],
      )
      return rows.length > 0
    },
    async list() {
      const { rows } = await queries.read(`SELECT ${columns} FROM ${quoted}`)
      return rows.map(keyOf)
    },
  }
}

/** As text, whatever parsers the pool has. */
const columns = 'id, key::text AS key, revoked_at'

function keyOf(row: unknown): StoredServiceKey {
  const { id, key, revoked_at: revokedAt }: { readonly [column: string]: unknown } = { ...(typeof row === 'object' ? row : null) }
  const rest: unknown = JSON.parse(String(key))
  const stored: unknown = { ...(isRecord(rest) && rest), id, revokedAt }
  if (isStored(stored)) return stored
  const message = `postgresServiceKeys: what the table has of the key ${String(id)} was not written by it`
  throw new ModelyardError('SERVICE_KEY_STORE_FAILED', message)
}

function schemaOf(table: string): string {
  return `
SELECT pg_advisory_xact_lock(hashtext('modelyard.service_keys'));
CREATE TABLE IF NOT EXISTS ${table} (
  id text PRIMARY KEY,
  key jsonb NOT NULL,
  revoked_at text
);
`
}

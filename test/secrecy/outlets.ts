// Every way on which something leaves a router, and all that has left it.
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs'
import { Pool } from 'pg'
import { pino } from 'pino'
import { otelAudit } from '../../src/audit/otel/index.ts'
import { postgresAudit } from '../../src/audit/postgres/index.ts'
import { jsonlAudit } from '../../src/index.ts'
import type { AuditSink, RouterOptions } from '../../src/index.ts'
import { openTelemetry } from '../../src/otel/index.ts'
import { databaseUrl } from '../ledger/database.ts'
import { sdk } from '../otel/sdk.ts'

export interface Outlets extends AsyncDisposable {
  readonly sinks: readonly AuditSink[]
  readonly options: Pick<RouterOptions, 'telemetry' | 'logger'>
  /** What has come out so far; to be asked after `client.flush()`. */
  told(): Promise<Readonly<Record<string, unknown>>>
}

/** A file, log records, spans, metrics, lines of a logger and, where there is a database, rows. */
export async function openOutlets(path: string): Promise<Outlets> {
  const logs = new InMemoryLogRecordExporter()
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter: logs })] })
  const { tracerProvider, meterProvider, spans, metrics } = sdk()
  const lines: string[] = []
  const written = new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) })
  const rows = await table()
  return {
    sinks: [jsonlAudit({ path }), otelAudit({ provider }), ...(rows === undefined ? [] : [rows.sink])],
    options: {
      telemetry: openTelemetry({ tracerProvider, meterProvider }),
      logger: pino({ level: 'trace' }, written),
    },
    told: async () => ({
      file: await readFile(path, 'utf8'),
      logs: logs.getFinishedLogRecords().map(({ eventName, body, attributes }) => ({ eventName, body, attributes })),
      spans: spans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
      metrics: await metrics(),
      lines,
      ...(rows !== undefined && { rows: await rows.all() }),
    }),
    [Symbol.asyncDispose]: async () => rows?.drop(),
  }
}

/** A table of its own, where there is a database. */
async function table() {
  const connectionString = databaseUrl()
  if (connectionString === undefined) return undefined
  const pool = new Pool({ connectionString, max: 1 })
  const name = `canary_${randomUUID().replaceAll('-', '')}`
  const sink = postgresAudit({ pool, table: name })
  await sink.migrate()
  return {
    sink,
    all: async () => (await pool.query<{ readonly row: string }>(`SELECT ${name}::text AS row FROM ${name}`)).rows,
    async drop() {
      await pool.query(`DROP TABLE ${name}`)
      await pool.end()
    },
  }
}

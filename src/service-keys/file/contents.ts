import { isRecord } from '../../contracts/check-shape.ts'
import type { StoredServiceKey } from '../../contracts/service-keys.ts'
import { ModelyardError } from '../../errors.ts'
import { isStored } from '../stored.ts'

/** Every key by its id. */
export type Keys = ReadonlyMap<string, StoredServiceKey>

const format = 'modelyard-service-keys'
const version = 1

/** @throws ModelyardError `SERVICE_KEY_STORE_FAILED` for a text that is cut off, or was written by something else. */
export function decode(path: string, content: string): Keys {
  const kept = parsed(content)
  if (!isRecord(kept) || kept['format'] !== format || kept['version'] !== version || !Array.isArray(kept['keys']))
    throw notOurs(path)
  const listed: readonly unknown[] = kept['keys']
  const keys = listed.filter(isStored)
  if (keys.length !== listed.length) throw notOurs(path)
  return new Map(keys.map((key) => [key.id, key]))
}

/** The text of the file: a key a line, so that changes can be compared. */
export function encode(keys: Keys): string {
  const lines = Array.from(keys.values(), (key) => JSON.stringify(key))
  return `{"format":"${format}","version":${version},"keys":[\n${lines.join(',\n')}\n]}\n`
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return undefined
  }
}

function notOurs(path: string): ModelyardError {
  const message = `serviceKeys: ${path} is cut off, or is no file of service keys of version ${version}. Put it back from a backup`
  return new ModelyardError('SERVICE_KEY_STORE_FAILED', message)
}

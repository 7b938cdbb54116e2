import * as z from 'zod/mini'
import { KeyStoreError } from '../failure.ts'
import type { MasterKeyRing, Unlocked } from '../master/ring.ts'
import {
  altered,
  headFields,
  headOf,
  itemsOf,
  openStore,
  sealStore,
  type Contents,
  type Opened,
  type Sealed,
} from '../sealed/contents.ts'

const fileShape = z.strictObject({ ...headFields, index: z.string(), entries: z.array(z.string()) })

/** Reads the text of a store's file and proves that it is whole. */
export async function decode(text: string, ring: MasterKeyRing): Promise<Opened> {
  const sealed = parse(text)
  const opened = await openStore(sealed, ring)
  if (itemsOf(opened.contents.entries).some(({ jwe }, at) => jwe !== sealed.entries[at])) throw altered()
  return opened
}

/** The text of the file, its index sealed with `unlocked`. */
export async function encode(contents: Contents, unlocked: Unlocked): Promise<string> {
  return textOf(await sealStore(contents, unlocked))
}

export function textOf({ index, entries, ...head }: Sealed): string {
  return `${JSON.stringify({ ...headOf(head), index, entries })}\n`
}

function parse(text: string): Sealed {
  // The only line break is the last byte.
  if (!text.endsWith('}\n')) throw new KeyStoreError('truncated', 'keys: the file is cut off, or is no key store')
  const sealed = fileShape.safeParse(json(text))
  // Written anew it must be the same text: nothing may hide between the fields.
  if (!sealed.success || textOf(sealed.data) !== text) throw altered()
  return sealed.data
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw altered()
  }
}

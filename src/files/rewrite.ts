import { withLock, type Locking } from './lock.ts'
import { codeOf } from './private-file.ts'
import { replaceWhole, unwritable } from './replace.ts'

/**
 * Changes a file, which no other writer does meanwhile, in any process: what `text` gives is put in its place at once and on the
 * disk before this resolves; nothing where it gives nothing. True where there was something to change.
 *
 * @throws FileFault `locked`, `unwritable`; what `text` throws.
 */
export async function rewrite({ files, path: given, times }: Locking, text: () => Promise<string | undefined>): Promise<boolean> {
  // What a link leads to is replaced, not the link.
  const path = await files.realpath(given).catch(() => given)
  try {
    return await withLock({ files, path, times }, async (mayStill) => {
      const next = await text()
      if (next !== undefined) await replaceWhole(files, { path, text: next, mayStill })
      return next !== undefined
    })
  } catch (cause) {
    throw /^E[A-Z\d]+$/.test(codeOf(cause)) ? unwritable(path, cause) : cause
  }
}

import { ModelyardError } from '../../errors.ts'

/**
 * Loads a vendor's SDK, an optional peer dependency, on its first use and once per adapter.
 *
 * @example const sdk = sdkLoader('some-sdk', () => import('some-sdk').catch(absent))
 */
export function sdkLoader<Module>(packageName: string, load: () => Promise<Module>): () => Promise<Module> {
  let loading: Promise<Module> | undefined
  return () => {
    loading ??= load().catch((error: unknown) => {
      // The package may be installed while the process runs: a failure is not remembered.
      loading = undefined
      throw isMissing(error, packageName) ? missing(packageName, error) : error
    })
    return loading
  }
}

/**
 * Stands behind the `import()` of an SDK. Bundlers take it for a sign that the package may be absent: esbuild warns then,
 * where otherwise nothing could be built without every SDK there is.
 */
export function absent(error: unknown): never {
  throw error
}

function missing(packageName: string, cause: unknown): ModelyardError {
  const message = `The package '${packageName}' is not installed. Run: npm install ${packageName}`
  return new ModelyardError('MISSING_SDK', message, { field: packageName, cause })
}

/** Whether it is this very package that cannot be found, and not something that it needs itself. */
function isMissing(error: unknown, packageName: string): boolean {
  if (!(error instanceof Error && 'code' in error)) return false
  if (error.code !== 'ERR_MODULE_NOT_FOUND' && error.code !== 'MODULE_NOT_FOUND') return false
  return error.message.includes(`'${packageName}'`) || error.message.includes(`'${packageName}/`)
}

// oxlint-disable-next-line import/no-empty-named-blocks, unicorn/require-module-specifiers -- brings the module that is augmented into the program
import type {} from 'vitest'
import { matchers as plain } from './matchers.ts'
import type { RouteMatchers } from './matchers.ts'

// Vitest 5: its own declaration has these very parameters.
declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> extends RouteMatchers<R> {}
}

/**
 * The matchers of `modelyard/testing` with their types for vitest 5; in a set-up file:
 *
 * @example
 * ```ts
 * import { expect } from 'vitest'
 * import { matchers } from 'modelyard/testing/vitest'
 *
 * expect.extend(matchers)
 * ```
 */
export const matchers = plain

import { asItIs, structure } from '../shared/schema/dialect.ts'
import type { Enforcement } from '../shared/schema/left.ts'

/**
 * The vendor documents structured outputs by examples alone, which are about structure; everything else is checked here.
 * Nothing is said of the arguments of strict tools.
 */
export const enforcement: Enforcement = { format: asItIs(structure), tools: undefined }

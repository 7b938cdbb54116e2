/**
 * What one vendor's structured outputs make of JSON Schema. Data: the compiler reads it and knows no vendor.
 */
export interface Dialect {
  /** The keywords that the vendor holds an answer to. Whatever else a schema demands is a loss. */
  readonly enforced: ReadonlySet<string>
  /** The values of `format` that are enforced, where the keyword is. */
  readonly formats: ReadonlySet<string>
  /** The values in `enum` and `const` that are enforced. */
  readonly literals: 'scalars' | 'strings and numbers' | 'any'
  /** The only values of `minItems` that are enforced; absent: all. */
  readonly minItems?: readonly number[]
  /** What becomes of a keyword that is lost: it moves into the description, where the model reads it, or is sent as it is. */
  readonly lost: 'described' | 'sent'
  /** `oneOf`: sent under the name of `anyOf`, understood as `anyOf`, or lost altogether. Either way "exactly one" is a loss. */
  readonly oneOf: 'as anyOf' | 'like anyOf' | 'lost'
  /** `allOf`: made into one schema wherever that says exactly the same, or left as it is. */
  readonly allOf: 'merged' | 'as it is'
  /** Whether a `const` that is a string or a number goes as an `enum` of one, and bounds of whole numbers as inclusive ones. */
  readonly plainValues: boolean
  /**
   * Objects: `closed`, each must say `additionalProperties: false`, and there are no maps; `closed unsaid`, they are closed
   * unless they say otherwise, and `false` must not be said; `as they are`.
   */
  readonly objects: 'closed' | 'closed unsaid' | 'as they are'
  /** Whether `additionalProperties` is enforced when it is a schema. */
  readonly maps: boolean
  /** Whether a value may be of any type. */
  readonly untyped: boolean
  /** Schemas that lead back to themselves: not known, known inside of properties that are not required, known. */
  readonly recursion: 'refused' | 'in optional properties' | 'allowed'
  /** Whether nothing may stand beside a `$ref`. */
  readonly refsAlone: boolean
}

/** What every vendor with structured outputs of its own sees to. */
export const structure: readonly string[] = [
  'type',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'enum',
  'anyOf',
  '$ref',
]

/** The formats of strings that the vendors' compilers share. */
export const commonFormats: readonly string[] = [
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
]

/** A vendor that takes any schema as it is and sees to these keywords of it. */
export function asItIs(enforced: readonly string[], more: Partial<Dialect> = {}): Dialect {
  return {
    enforced: new Set(enforced),
    formats: new Set(),
    literals: 'any',
    lost: 'sent',
    oneOf: 'lost',
    allOf: 'as it is',
    plainValues: false,
    objects: 'as they are',
    maps: false,
    untyped: true,
    recursion: 'allowed',
    refsAlone: false,
    ...more,
  }
}

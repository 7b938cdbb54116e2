import { Validator } from '@cfworker/json-schema'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dialect as anthropic } from '../../src/providers/anthropic/schema.ts'
import { dialect as bedrock } from '../../src/providers/bedrock/schema.ts'
import { dialect as google } from '../../src/providers/google/schema.ts'
import { compileSchema } from '../../src/providers/shared/schema/compile.ts'
import { asItIs, structure, type Dialect } from '../../src/providers/shared/schema/dialect.ts'
import { isEnforced } from '../../src/providers/shared/schema/keywords.ts'
import { keptBy } from '../../src/providers/shared/schema/promise.ts'
import { subschemas } from '../../src/providers/shared/schema/walk.ts'

type Schema = Readonly<Record<string, unknown>>

const closed = Object.entries({ anthropic, bedrock })
const open = Object.entries({ google, 'a vendor that takes schemas as they are': asItIs(structure) })
const all = [...closed, ...open]

/** The compiled schema and its losses; fails where there is none. */
function compiled(schema: unknown, dialect: Dialect) {
  const result = compileSchema(schema, dialect)
  if ('reason' in result) throw new Error(result.reason)
  return result
}

const lossesOf = (schema: unknown, dialect: Dialect) =>
  compiled(schema, dialect).losses.map(({ path, keyword }) => `${path}:${keyword}`)
const holds = (schema: Schema, value: unknown) => new Validator(structuredClone(schema), '2020-12').validate(value).valid

const names = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', 'first name')
const text = fc.constantFrom('', 'a', 'bb', '2026-11-22', 'x@y.example')
const whole = fc.integer({ min: -3, max: 12 })
const annotated = fc.record(
  { title: text, description: text, default: fc.constant(null), examples: fc.constant([1]) },
  { requiredKeys: [] },
)

/** Schemas of every kind that callers send, most of them with more than vendors know. */
const { schema: schemas } = fc.letrec<{ schema: Schema }>((tie) => {
  const leaf = fc.oneof(
    fc.record(
      { type: fc.constant('string'), minLength: fc.nat(3), maxLength: fc.nat(9), pattern: fc.constant('^a') },
      { requiredKeys: ['type'] },
    ),
    fc.record({ type: fc.constant('string'), format: fc.constantFrom('date', 'email', 'ipv4', 'json-pointer', 'house-style') }),
    fc.record(
      {
        type: fc.constantFrom('integer', 'number'),
        minimum: whole,
        exclusiveMinimum: whole,
        exclusiveMaximum: whole,
        multipleOf: fc.constant(2),
      },
      { requiredKeys: ['type'] },
    ),
    fc.record({ type: fc.constantFrom('boolean', 'null') }),
    fc.record({ type: fc.constant(['string', 'null']) }),
    fc.record({ enum: fc.constantFrom(['a', 'bb'], [1, 2], ['a', null], [{ a: 1 }, 'a']) }),
    fc.record({ const: fc.constantFrom<unknown>('a', 2, true, null, [1]) }),
  )
  const list = fc.record(
    { type: fc.constant('array'), items: tie('schema'), minItems: fc.nat(3), maxItems: fc.nat(4), uniqueItems: fc.boolean() },
    { requiredKeys: ['type', 'items'] },
  )
  const object = fc
    .record({
      properties: fc.dictionary(names, tie('schema'), { maxKeys: 3 }),
      additionalProperties: fc.constantFrom(undefined, false),
      minProperties: fc.constantFrom(undefined, 1),
      isTyped: fc.boolean(),
      all: fc.boolean(),
    })
    .map(({ properties, additionalProperties, minProperties, isTyped, all: isAll }) => ({
      ...(isTyped && { type: 'object' }),
      properties,
      ...(isAll && { required: Object.keys(properties) }),
      ...(additionalProperties !== undefined && { additionalProperties }),
      ...(minProperties !== undefined && { minProperties }),
    }))
  const union = fc
    .tuple(fc.constantFrom('anyOf', 'oneOf'), fc.array(tie('schema'), { minLength: 1, maxLength: 3 }))
    .map(([keyword, branches]) => ({ [keyword]: branches }))
  // An object that is one of several, and one that says something of itself besides.
  const either = fc
    .tuple(fc.constantFrom('anyOf', 'oneOf'), fc.array(object, { minLength: 1, maxLength: 3 }), fc.option(object))
    .map(([keyword, branches, own]) => ({ ...(own ?? { type: 'object' }), [keyword]: branches }))
  return {
    schema: fc
      .tuple(fc.oneof({ depthSize: 'small' }, leaf, list, object, union, either), annotated)
      .map(([schema, notes]): Schema => ({ ...notes, ...schema })),
  }
})

type Pick = (count: number) => number

/** A value that has the shape of a schema, with whatever numbers and texts. */
function shaped(schema: unknown, pick: Pick): unknown {
  const { enum: values, const: value, anyOf, oneOf = anyOf, properties, ...rest }: Record<string, unknown> = { ...Object(schema) }
  if (Array.isArray(values)) return values[pick(values.length)]
  if (value !== undefined) return value
  if (!Array.isArray(oneOf)) return properties === undefined ? plain(rest, pick) : anObject({ ...rest, properties }, pick)
  const one = shaped(oneOf[pick(oneOf.length)], pick)
  return properties === undefined ? one : joined(one, anObject({ ...rest, properties }, pick))
}

const joined = (one: unknown, other: unknown) =>
  Object.fromEntries([...Object.entries(Object(one)), ...Object.entries(Object(other))])

function anObject({ properties, required }: Schema, pick: Pick): unknown {
  const demanded: readonly unknown[] = Array.isArray(required) ? required : []
  const kept = Object.entries(Object(properties)).filter(([name]) => demanded.includes(name) || pick(2) === 0)
  return Object.fromEntries(kept.map(([name, inner]) => [name, shaped(inner, pick)]))
}

function plain({ type, items }: Schema, pick: Pick): unknown {
  if (type === 'array') return Array.from({ length: pick(4) }, () => shaped(items, pick))
  if (type === 'boolean') return pick(2) === 0
  if (type === 'null') return null
  if (type === 'object') return {}
  const isText = type === 'string' || Array.isArray(type)
  return isText ? ['a', 'ab', '2026-11-22', 'x@y.example', '', '127.0.0.1'][pick(6)] : pick(9) - 2
}

const valued = fc.tuple(schemas, fc.array(fc.nat(), { minLength: 24, maxLength: 24 })).map(([schema, seeds]) => {
  let next = 0
  return { schema, value: shaped(schema, (count) => (seeds[next++ % seeds.length] ?? 0) % count) }
})

/** What of a schema the vendor acts on, as the dialect says. */
function heeded(schema: unknown, dialect: Dialect): Schema {
  return Object.fromEntries(
    Object.entries(Object(schema)).flatMap(([keyword, value]): [string, unknown][] => {
      const inner = (each: unknown) => (typeof each === 'object' && each !== null ? heeded(each, dialect) : each)
      if (keyword === 'oneOf' && dialect.oneOf !== 'lost') return [['anyOf', Array.from(Object(value), inner)]]
      if (!isEnforced(keyword, value, dialect)) return []
      if (keyword === 'properties')
        return [[keyword, Object.fromEntries(Object.entries(Object(value)).map(([name, each]) => [name, inner(each)]))]]
      if (keyword === 'anyOf') return [[keyword, Array.from(Object(value), inner)]]
      return [[keyword, keyword === 'items' ? inner(value) : value]]
    }),
  )
}

/** The same schema with objects that have no names but their own, and those of whatever they stand in. */
function withClosedObjects(schema: unknown, outer: Schema = {}): unknown {
  if (typeof schema !== 'object' || schema === null) return schema
  const { properties, anyOf, oneOf, items, ...rest }: Record<string, unknown> = { ...schema }
  const own = Object.entries(Object(properties))
  const known = Object.fromEntries([...Object.entries(outer), ...own.map(([name]) => [name, true])])
  const unions = Object.entries({ anyOf, oneOf }).flatMap(([keyword, branches]) =>
    Array.isArray(branches) ? [[keyword, branches.map((branch) => withClosedObjects(branch, known))]] : [],
  )
  const said = Object.fromEntries([
    ...(unions.length > 0 ? [] : Object.entries(outer)),
    ...own.map(([name, inner]) => [name, withClosedObjects(inner)]),
  ])
  return {
    ...rest,
    ...Object.fromEntries(unions),
    ...(items !== undefined && { items: withClosedObjects(items) }),
    ...(properties !== undefined && {
      type: 'object',
      properties: said,
      ...(unions.length === 0 && { additionalProperties: false }),
    }),
  }
}

describe.each(all)('a schema for %s', (_name, dialect) => {
  it('without a loss is kept by whatever keeps to the compiled one', () => {
    fc.assert(
      fc.property(valued, ({ schema, value }) => {
        const result = compileSchema(schema, dialect)
        if ('reason' in result || result.losses.length > 0 || !holds(heeded(result.schema, dialect), value)) return
        expect(holds(schema, value)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('makes no answer impossible that the given one allows', () => {
    fc.assert(
      fc.property(valued, ({ schema, value }) => {
        const result = compileSchema(schema, dialect)
        const asked = dialect.objects === 'closed' ? withClosedObjects(schema) : schema
        if ('reason' in result || !holds(Object(asked), value)) return
        expect(holds(result.schema, value)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('is not changed, and every loss is a keyword that stands there', () => {
    fc.assert(
      fc.property(schemas, (schema) => {
        const before = JSON.stringify(schema)
        const result = compileSchema(deeplyFrozen(schema), dialect)
        expect(JSON.stringify(schema)).toBe(before)
        for (const { path, keyword } of 'reason' in result ? [] : result.losses)
          expect(Object.keys(Object(at(schema, path)))).toContain(keyword)
      }),
    )
  })

  it('has a size in proportion to what came', () => {
    fc.assert(
      fc.property(schemas, (schema) => {
        const result = compileSchema(schema, dialect)
        if ('schema' in result)
          expect(JSON.stringify(result.schema).length).toBeLessThanOrEqual(3 * JSON.stringify(schema).length + 200)
      }),
    )
  })
})

function deeplyFrozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) deeplyFrozen(inner)
  return Object.freeze(value)
}

/** What stands at a path as losses tell it. */
function at(schema: unknown, path: string): unknown {
  const steps = [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
    ([, quoted, index, name]) => quoted ?? index ?? name ?? '',
  )
  return steps.reduce<unknown>((inner, step) => Reflect.get(Object(inner), step), schema)
}

const formats = 'date-time time date duration email hostname uri ipv4 ipv6 uuid'.split(' ')

describe.each(closed)('the subset of %s', (_name, dialect) => {
  it('is all that a compiled schema has', () => {
    const known = new Set([...dialect.enforced, 'title', 'description', 'default', '$defs', 'definitions'])
    fc.assert(
      fc.property(schemas, (schema) => {
        const result = compileSchema(schema, dialect)
        if ('reason' in result) return
        for (const { schema: inner } of subschemas(result.schema)) {
          expect(Object.keys(inner).filter((keyword) => !known.has(keyword))).toEqual([])
          const { format, minItems, enum: values = [], const: value } = inner
          if (format !== undefined) expect(formats).toContain(format)
          if (minItems !== undefined) expect([0, 1]).toContain(minItems)
          for (const each of [value, ...Array.from(Object(values))]) expect(each === null || typeof each !== 'object').toBe(true)
          if ('properties' in inner) expect(inner).toMatchObject({ type: expect.anything(), additionalProperties: false })
        }
      }),
    )
  })
})

describe('closed objects', () => {
  const a = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }
  const b = { type: 'object', properties: { b: { type: 'number', minimum: 1 } } }

  it.each(all)('what allOf holds of them becomes one, for %s', (_name, dialect) => {
    const { schema, losses } = compiled({ title: 't', allOf: [a, b] }, dialect)
    if (dialect.allOf === 'as it is') return expect(losses).toContainEqual({ path: '', keyword: 'allOf' })
    expect(schema).toMatchObject({ title: 't', type: 'object', properties: { a: {}, b: {} }, required: ['a'] })
    return expect(schema).not.toHaveProperty('allOf')
  })

  it('a single schema in allOf is that schema, its losses where they were', () => {
    const { schema, losses } = compiled({ description: 'd', allOf: [{ $ref: '#/$defs/b' }], $defs: { b } }, anthropic)
    expect(schema).toMatchObject({ description: 'd', $ref: '#/$defs/b' })
    expect(losses).toEqual([{ path: '$defs.b.properties.b', keyword: 'minimum' }])
    expect(lossesOf({ allOf: [a, b] }, bedrock)).toEqual(['allOf[1].properties.b:minimum'])
  })

  it.each([
    ['two that say the same name', { allOf: [a, { ...a }] }, 'described in several places'],
    ['one that closes itself beside another', { allOf: [{ ...a, additionalProperties: false }, b] }, 'described in several places'],
    ['one with properties of its own that is one of several', { ...a, anyOf: [b] }, 'described in several places'],
    ['a map', { type: 'object', additionalProperties: { type: 'string' } }, 'arbitrary keys'],
    ['any object', { type: 'object', properties: { a: { type: 'object' } } }, 'arbitrary keys cannot be guaranteed (properties.a)'],
    ['names by a pattern', { type: 'object', patternProperties: { '^x': a } }, 'arbitrary keys'],
    ['a required name without a schema', { ...a, required: ['a', 'z'] }, 'a required property without a schema'],
    ['a reference into a union', { anyOf: [a, { $ref: '#/anyOf/0' }] }, 'a reference to anything but a definition'],
  ])('cannot be had of %s', (_what, schema, reason) => {
    for (const [, dialect] of closed) expect(compileSchema(schema, dialect)).toEqual({ reason: expect.stringContaining(reason) })
  })

  it('one that is nothing but one of several leaves the closing to these', () => {
    expect(compiled({ type: 'object', anyOf: [a, b] }, anthropic).schema).toEqual({
      anyOf: [
        { ...a, additionalProperties: false },
        { type: 'object', properties: { b: { type: 'number', description: '{minimum: 1}' } }, additionalProperties: false },
      ],
    })
  })
})

const node = (required: readonly string[]) => ({
  $ref: '#/$defs/node',
  $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } }, required } },
})

describe('a vendor that heeds some keywords', () => {
  it('gets them for others that say the same', () => {
    const schema = {
      type: 'object',
      properties: {
        kind: { const: 'a' },
        count: { type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 10 },
        far: { type: 'integer', exclusiveMaximum: -Number.MAX_SAFE_INTEGER },
        tag: { $ref: '#/$defs/tag', description: 'the tag' },
      },
      $defs: { tag: { type: 'string' } },
    }
    const { schema: sent, losses } = compiled(schema, google)
    expect(sent['properties']).toEqual({
      kind: { enum: ['a'], type: 'string' },
      count: { type: 'integer', minimum: 1, maximum: 9 },
      far: schema.properties.far,
      tag: { description: 'the tag', anyOf: [{ $ref: '#/$defs/tag' }] },
    })
    expect(losses).toEqual([{ path: 'properties.far', keyword: 'exclusiveMaximum' }])
  })

  it('gets the rest as it is, and it is told what that is', () => {
    const schema = { type: 'array', items: { oneOf: [{ const: true }, { type: 'string', pattern: 'x' }] }, uniqueItems: true }
    expect(compiled(schema, google).schema).toEqual(schema)
    expect(lossesOf(schema, google)).toEqual(['items:oneOf', 'items.oneOf[0]:const', 'items.oneOf[1]:pattern', ':uniqueItems'])
  })

  it('knows recursion only where an answer can end without it', () => {
    expect(compileSchema(node([]), google)).toMatchObject({ losses: [] })
    expect(compileSchema(node(['next']), google)).toMatchObject({ reason: expect.stringContaining('refers to itself') })
    expect(compileSchema(node([]), anthropic)).toMatchObject({ reason: expect.stringContaining('refers to itself') })
  })
})

const chain = (depth: number) => {
  let schema: Schema = { type: 'string' }
  for (let level = 0; level < depth; level += 1) schema = { type: 'array', items: schema }
  return schema
}

describe('what is no schema', () => {
  const definitions = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, index) => [
      `d${index}`,
      index === 0 ? { type: 'string' } : { $ref: `#/$defs/d${index - 1}` },
    ]),
  )
  const circle: Record<string, unknown> = { type: 'object', properties: {} }
  circle['properties'] = { again: circle, once: circle }

  it.each<[string, unknown, string]>([
    ['a list', [], 'must be an object'],
    ['a type that there is not', { properties: { a: { type: 'text' } } }, 'properties.a.type must be a type'],
    ['an empty union', { anyOf: [] }, 'anyOf must be a list of schemas'],
    ['names without schemas', { properties: { 'a b': 'string' } }, 'properties must be schemas by name'],
    ['a reference to nothing', { $ref: '#/$defs/gone' }, '$ref refers to something that is not in the schema'],
    ['a reference elsewhere', { items: { $ref: 'https://schemas.example/a' } }, 'items.$ref refers to something'],
    ['a reference to what every object has', { $ref: '#/$defs/constructor', $defs: {} }, '$ref refers to something'],
    ['one nested without end', chain(100_000), 'nested deeper than'],
    ['one that holds itself', circle, 'nested deeper than'],
  ])('%s is told with its path', (_what, schema, reason) => {
    for (const [, dialect] of all) expect(compileSchema(schema, dialect)).toEqual({ reason: expect.stringContaining(reason) })
  })

  it('a long chain of definitions is one all the same', () => {
    expect(compiled({ $ref: '#/$defs/d19999', $defs: definitions }, anthropic).losses).toEqual([])
  })

  it('a pattern that is none of JavaScript’s cannot be promised, and is said in words where nothing is', () => {
    const schema = { type: 'object', properties: { a: { type: 'string', pattern: '(?i)x' } } }
    const field = 'tools[0].function.parameters'
    for (const [, dialect] of all) {
      expect(keptBy(dialect, { schema, field, strict: true })).toEqual({ reason: expect.stringContaining('properties.a.pattern') })
      expect(keptBy(dialect, { schema, field, strict: false })).toMatchObject({ unenforced: [] })
    }
  })
})

describe('names that objects have anyway', () => {
  const schema: unknown = JSON.parse(
    '{"type":"object","properties":{"__proto__":{"type":"string","maxLength":3},"constructor":{"type":"null"}},"required":["__proto__"],"toString":1}',
  )

  it.each(all)('are names like others, for %s', (_name, dialect) => {
    const result = compiled(schema, dialect)
    expect(Object.keys(Object(result.schema['properties']))).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf(result.schema['properties'])).toBe(Object.prototype)
    expect(result.losses).toEqual([{ path: 'properties.__proto__', keyword: 'maxLength' }])
  })
})

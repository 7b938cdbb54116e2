import { expect, it } from 'vitest'
import { bedrock } from '../../src/providers/bedrock/index.ts'
import { openaiCompatible, xai } from '../../src/providers/family/index.ts'

it.each([
  ['bedrock', bedrock],
  ['xai', xai],
  ['openaiCompatible', openaiCompatible],
])('%s() says that it takes an object where it is given null', (name, factory) => {
  expect((): unknown => Reflect.apply(factory, undefined, [null])).toThrow(
    expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringContaining(`${name}() takes an object`) }),
  )
})

import { describe, expect, it } from 'vitest'
import { createCatalog } from '../../src/catalog/catalog.ts'
import { bedrockModels } from '../../src/catalog/models/bedrock.ts'
import { compilePrices } from '../../src/catalog/prices.ts'

const catalog = createCatalog(bedrockModels)

describe('the models on Bedrock', () => {
  it('cost a tenth more where a profile keeps the request in its geography', () => {
    const worldwide = catalog.find('bedrock', 'global.anthropic.claude-opus-5-5')?.prices
    expect(worldwide).toMatchObject({ input: 4, cachedInput: 0.2, output: 20 })
    for (const id of ['us.anthropic.claude-opus-5-5', 'eu.anthropic.claude-opus-5-5', 'anthropic.claude-opus-5-5']) {
      expect(catalog.find('bedrock', id)?.prices).toMatchObject({ input: 4.4, cachedInput: 0.22, output: 22 })
    }
    const long = catalog.find('bedrock', 'us.anthropic.claude-haiku-5-5')?.prices?.longContext
    expect(long).toMatchObject([{ above: 100_000, input: 0.55, output: 2.75 }])
  })

  it('cost the same everywhere where they are older than that rule', () => {
    const rates = ['global', 'us'].map((geography) => {
      return catalog.find('bedrock', `${geography}.anthropic.claude-3-7-sonnet-20250219-v1:0`)?.prices?.input
    })
    expect(rates).toEqual([3, 3])
  })

  it('have prices that are prices, once each, and replacements that exist', () => {
    const names = bedrockModels.flatMap(({ id, aliases = [] }) => [id, ...aliases])
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
    for (const { id, prices, lifecycle } of bedrockModels) {
      expect([id, prices !== null && compilePrices(prices) === null]).toEqual([id, false])
      if (lifecycle?.replacement !== undefined) expect(catalog.find('bedrock', lifecycle.replacement)).toBeDefined()
    }
  })
})

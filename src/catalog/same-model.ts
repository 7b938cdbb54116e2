/**
 * Whether two ids name the same model: they are equal but for a date (`-20260814`, `-2026-08-14`, `@20260814`), `-latest`, and
 * a region in front (`us.`, `eu.`, `regional.`) or behind (`-eu`). A price list that matches by prefix takes one model for
 * another: `m-5-5` is not `m-5`, `m-mini` is not `m`. Two different dates are two models, and `global.` is no region.
 */
export function isSameModel(one: string, other: string): boolean {
  const [a, b] = [partsOf(one), partsOf(other)]
  return a.core === b.core && (a.date === b.date || a.date === '' || b.date === '')
}

const region = /^(?:regional|us-gov|us|eu|apac|au|jp|ca|uk)\./
const regionBehind = /[-@](?:us|eu|apac|au|jp|ca|uk)$/
const dated = /[-@](\d{8}|\d{4}-\d{2}-\d{2})$/

function partsOf(id: string): { readonly core: string; readonly date: string } {
  const bare = id
    .toLowerCase()
    .replace(region, '')
    .replace(regionBehind, '')
    .replace(/-latest$/, '')
  const date = dated.exec(bare)
  return { core: date === null ? bare : bare.slice(0, date.index), date: (date?.[1] ?? '').replaceAll('-', '') }
}

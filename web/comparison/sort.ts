/** Lets the tables be sorted: a button in each head that can, the state in `aria-sort`, and a word to those who listen. */
export function makeSortable(table: HTMLTableElement, tell: (words: string) => void): void {
  for (const head of table.querySelectorAll<HTMLTableCellElement>('th[data-sort]')) {
    const button = document.createElement('button')
    button.type = 'button'
    button.append(...head.childNodes)
    head.append(button)
    head.setAttribute('aria-sort', 'none')
    button.addEventListener('click', () => {
      const ascending = head.getAttribute('aria-sort') !== 'ascending'
      for (const other of table.querySelectorAll('th[aria-sort]')) other.setAttribute('aria-sort', 'none')
      head.setAttribute('aria-sort', ascending ? 'ascending' : 'descending')
      sortBy(table, head.cellIndex, ascending)
      tell(`Sorted by ${head.textContent.trim()}, ${ascending ? 'ascending' : 'descending'}`)
    })
  }
}

function sortBy(table: HTMLTableElement, column: number, ascending: boolean): void {
  const [body] = table.tBodies
  if (body === undefined) return
  const rows = [...body.rows].map((row) => ({ row, key: row.cells[column]?.dataset['key'] }))
  body.append(...rows.toSorted((a, b) => compare(a.key, b.key, ascending)).map(({ row }) => row))
}

/** Numbers by size, words by letter; what has no value comes last in both directions. */
function compare(a: string | undefined, b: string | undefined, ascending: boolean): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
  const [first, second] = [Number(a), Number(b)]
  const order = Number.isNaN(first) || Number.isNaN(second) ? a.localeCompare(b) : first - second
  return ascending ? order : -order
}

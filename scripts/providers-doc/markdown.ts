const width = 126

/** Lines of at most so many characters, broken at spaces outside of code; all but the first are indented. */
export function wrapped(text: string, indent = ''): string {
  const lines: string[] = ['']
  for (const word of words(text)) {
    const line = lines.at(-1) ?? ''
    const fits = line.trim() === '' || line.length + 1 + word.length <= width
    if (fits) lines[lines.length - 1] = line.trim() === '' ? line + word : `${line} ${word}`
    else lines.push(indent + word)
  }
  return lines.join('\n')
}

/** What may not be torn: words, and code with the spaces in it. */
function words(text: string): readonly string[] {
  return text.match(/(?:`[^`]*`|\[[^\]]*\]\([^)]*\)|[^\s`])+/g) ?? []
}

/** An item of a list. */
export function item(text: string): string {
  return wrapped(`- ${text}`, '  ')
}

/** A table. The first row is its head. */
export function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  return [tableRow(head), `|${'---|'.repeat(head.length)}`, ...rows.map(tableRow)].join('\n')
}

function tableRow(cells: readonly string[]): string {
  return `|${cells.map((cell) => (cell === '' ? ' ' : ` ${cell} `)).join('|')}|`
}

/** Code, in Markdown. */
export function code(text: string): string {
  return `\`${text}\``
}

/** `a, b and c`. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`
}

import { readFileSync } from 'node:fs'

export interface CodeBlock {
  readonly file: string
  readonly line: number
  /** What stands after the opening fence: `ts`, `ts no-check`. */
  readonly info: string
  readonly code: string
}

/** The fenced blocks of a page. */
export function codeBlocks(file: string): CodeBlock[] {
  const found: CodeBlock[] = []
  let open: { readonly info: string; readonly line: number; readonly lines: string[] } | undefined
  for (const [index, line] of readFileSync(file, 'utf8').split('\n').entries()) {
    const fence = /^```(.*)$/.exec(line)
    if (fence === null) open?.lines.push(line)
    else if (open === undefined) open = { info: fence[1] ?? '', line: index + 2, lines: [] }
    else {
      found.push({ file, line: open.line, info: open.info, code: open.lines.join('\n') })
      open = undefined
    }
  }
  return found
}

/** Rows of every table whose first cell is a code word, as cells without the back-ticks. */
export function codeRows(file: string): string[][] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => /^\|\s*`/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .map(([first = '', ...rest]) => [first.replaceAll('`', ''), ...rest])
}

/** The targets of all links and images outside code blocks. */
export function links(file: string): string[] {
  const text = readFileSync(file, 'utf8')
    .replace(/^```[\s\S]*?^```/gm, '')
    .replace(/`[^`\n]*`/g, '')
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
}

/** The anchors that a page offers, one per heading, made as the usual renderers make them. */
export function anchors(file: string): Set<string> {
  const headings = readFileSync(file, 'utf8')
    .replace(/^```[\s\S]*?^```/gm, '')
    .matchAll(/^#+\s+(.+)$/gm)
  const slugs = [...headings].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  )
  return new Set(slugs)
}

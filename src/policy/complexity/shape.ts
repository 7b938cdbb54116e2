/** How a text looks: signs counted in one pass, and how it asks. */
export interface Shape {
  readonly units: number
  /** Runs of digits. */
  readonly numbers: number
  /** Backslashes, `^`, `=`, `√` and their like. */
  readonly formulaSigns: number
  /** Minus signs, slashes, asterisks: arithmetic or punctuation. */
  readonly arithmeticSigns: number
  /** Braces, semicolons and other signs of source code. */
  readonly codeSigns: number
  /** Triples of backticks. */
  readonly fences: number
  /** Lines like "A) …", "(b) …", "- …" or "1. …". */
  readonly listLines: number
  readonly questions: number
  /** Letters of the scripts that the lexicon covers: Latin, Cyrillic, Chinese, Japanese, Korean, Arabic, Devanagari. */
  readonly knownLetters: number
  /** Letters of any other script. */
  readonly otherLetters: number
  /** The last or the first sentence asks for yes or no. */
  readonly asksYesOrNo: boolean
  /** The last or the first sentence names what to choose from: "positive or negative?". */
  readonly asksWhich: boolean
  /** Lines that begin like the answers of worked examples ("A: …", "Label: …"). */
  readonly slots: number
  /** The text ends with a name to be filled in: "Topic:". */
  readonly endsWithSlot: boolean
}

/** Counts the signs of a text. */
export function shapeOf(text: string): Shape {
  const counts = new Uint32Array(signs.length)
  let before = 0
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    const sign = unit < 0x80 ? (ascii[unit] ?? 0) : signBeyondAscii(unit)
    const isOneMore = sign === digit ? before !== digit : sign !== backslash || !isEscape(text, index)
    if (isOneMore) counts[sign] = (counts[sign] ?? 0) + 1
    before = sign
  }
  const count = (sign: Sign): number => counts[signs.indexOf(sign)] ?? 0
  return {
    units: text.length,
    numbers: count('digit'),
    formulaSigns: count('formula') + count('backslash'),
    arithmeticSigns: count('arithmetic'),
    codeSigns: count('code'),
    fences: Math.floor(count('backtick') / 3),
    questions: count('question'),
    knownLetters: count('letter'),
    otherLetters: count('otherLetter'),
    listLines: countOf(text, listLine),
    slots: countOf(text, slotLine),
    ...asking(text),
  }
}

const signs = [
  'none',
  'letter',
  'otherLetter',
  'digit',
  'formula',
  'backslash',
  'arithmetic',
  'code',
  'question',
  'backtick',
] as const
type Sign = (typeof signs)[number]

const digit = signs.indexOf('digit')
const backslash = signs.indexOf('backslash')
const ascii: readonly number[] = Array.from({ length: 0x80 }, (_, unit) => signs.indexOf(asciiSign(String.fromCharCode(unit))))

function asciiSign(sign: string): Sign {
  if (/[a-z]/i.test(sign)) return 'letter'
  if (/\d/.test(sign)) return 'digit'
  if ('^=$+'.includes(sign)) return 'formula'
  if ('-*/'.includes(sign)) return 'arithmetic'
  if ('{};<>[]_'.includes(sign)) return 'code'
  if (sign === '\\') return 'backslash'
  if (sign === '?') return 'question'
  return sign === '`' ? 'backtick' : 'none'
}

/** A line break or a quote that was escaped once too often, no formula. */
function isEscape(text: string, index: number): boolean {
  return 'nrt"\''.includes(text[index + 1] ?? ' ') && !/[a-z]/.test(text[index + 2] ?? ' ')
}

/** Scripts whose requests the lexicon can read, by blocks of Unicode. */
const knownBlocks: readonly (readonly [from: number, to: number])[] = [
  [0xc0, 0x250],
  [0x400, 0x530],
  [0x600, 0x700],
  [0x900, 0x980],
  [0x1e00, 0x1f00],
  [0x3040, 0x3100],
  [0x3400, 0xa000],
  [0xac00, 0xd7a4],
  [0xf900, 0xfb00],
]
/** Punctuation, symbols, private use and the halves of what lies beyond 16 bits: no letters. */
const letterless: readonly (readonly [from: number, to: number])[] = [
  [0x80, 0xc0],
  [0x2000, 0x2c00],
  [0x3000, 0x3040],
  [0xd800, 0xf900],
  [0xfe00, 0xfe70],
  [0xff00, 0x10000],
]
const [letter, otherLetter] = [signs.indexOf('letter'), signs.indexOf('otherLetter')]
const [formula, question] = [signs.indexOf('formula'), signs.indexOf('question')]

function signBeyondAscii(unit: number): number {
  if (unit === 0xff1f || unit === 0x61f) return question
  if (unit === 0x221a || (unit >= 0x2200 && unit < 0x2300) || unit === 0xd7 || unit === 0xf7) return formula
  if (knownBlocks.some(([from, to]) => unit >= from && unit < to)) return letter
  return letterless.some(([from, to]) => unit >= from && unit < to) ? 0 : otherLetter
}

type Asking = Pick<Shape, 'asksYesOrNo' | 'asksWhich' | 'endsWithSlot'>

/** A first or last sentence is looked for within this distance, so that the patterns stay quick on any text. */
const sentenceUnits = 240
/** The end of the sentence before the last. */
const lastSentence = /[.!?\n][^.!?\n]*$/
const questionMark = /[?？؟]\s*$/
const yesOrNo = /^\W*(?:so |and |then |now )?(?:is|are|was|were|do|does|did|can|could|should|would|will|has|have)\b/i
const slot = /^[\p{L} ]{2,24}[:：]$/u
/** Where an answer belongs, not a label. */
const answerSlot = /^(?:answer|response|output)[:：]$/i
const listLine = /(?:^|\n)[ \t]{0,4}(?:[-*•]|\(?[A-Ha-h1-9][).:])[ \t]/g
const slotLine = /(?:^|\n)(?:a|answer|output|label|sentiment|category|class|topic|response)[:：]/gi

function asking(text: string): Asking {
  const tail = text.slice(-sentenceUnits).trimEnd()
  const last = tail.slice(tail.slice(0, -1).search(lastSentence) + 1).trim()
  const head = text.slice(0, sentenceUnits)
  const end = head.search(/[.!?\n]/)
  const first = end < 0 ? head : head.slice(0, end + 1)
  const questions = [first, last].filter((sentence) => questionMark.test(sentence))
  return {
    asksYesOrNo: questions.some((sentence) => yesOrNo.test(sentence)),
    asksWhich: questions.some((sentence) => / or /i.test(sentence)),
    endsWithSlot: slot.test(last) && !answerSlot.test(last),
  }
}

function countOf(text: string, pattern: RegExp): number {
  let count = 0
  for (const match of text.matchAll(pattern)) count += match.length
  return count
}

/**
 * Tokens of a text by its characters, for any model: fitted to what today's tokenizers make of prose, code, JSON, numbers and
 * eighteen languages. Prose, code and JSON come out within 10 per cent at the median, base64 a third too low.
 *
 * More text never comes out as fewer tokens.
 */
export function textTokens(text: string): number {
  let hundredths = 0
  let previous = gap
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    const weight = unit < 0x80 ? (ascii[unit] ?? 0) : beyondAscii(unit)
    // A run of white space is one token at most.
    if (weight !== gap || previous !== gap) hundredths += weight
    previous = weight
  }
  return hundredths / 100
}

// Hundredths of a token. Letters come in words: what a word costs is in the gap before it and in its capital.
const lower = 8
const upper = 62
const digit = 84
const mark = 47
const gap = 70

/** By character code. */
const ascii: readonly number[] = Array.from({ length: 0x80 }, (_, unit) => {
  if (unit <= 0x20 || unit === 0x7f) return gap
  const character = String.fromCharCode(unit)
  if (/[a-z]/.test(character)) return lower
  if (/[A-Z]/.test(character)) return upper
  return /\d/.test(character) ? digit : mark
})

function beyondAscii(unit: number): number {
  // Latin with accents; among other letters, so it costs what it breaks up.
  if (unit < 0x250) return 140
  // Greek, Cyrillic, Armenian, Hebrew, Arabic.
  if (unit < 0x900) return 31
  // Indic scripts, Thai, Georgian.
  if (unit < 0x1100) return 32
  // Chinese, Japanese, Korean; full-width forms.
  if ((unit >= 0x2e80 && unit < 0xd800) || (unit >= 0xf900 && unit < 0xfb00) || unit >= 0xff00) return 80
  // Halves of emoji, signs, everything else.
  return 90
}

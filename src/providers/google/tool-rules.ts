import type { ToolRules } from '../shared/tool-rules.ts'

/**
 * The names that its SDK documents (`FunctionDeclaration` in @google/genai 3.1); ours get an underscore where they begin with
 * neither a letter nor one. More than 512 functions are a 400 (google-gemini/gemini-cli#19083).
 */
export const toolRules: ToolRules = {
  name: /^(?:[A-Za-z_][\w.:-]{0,127}|[\d.:-][\w.:-]{0,126})$/,
  words: 'must be 1 to 128 letters, digits, _, ., : or -',
  most: 512,
}

import { hashOf } from '../random.ts'

/** The signature of a simulated vendor: only the signer accepts it back, and only for what it signed. */
export function sealOf(signer: string, ...signed: readonly string[]): string {
  return Buffer.from(['simulated', signer, ...signed.map(markOf)].join(':')).toString('base64')
}

/** What a seal is good for; `undefined` for any other text, such as a signature of a recorded answer. */
export function readSeal(text: string): Seal | undefined {
  const [kind, signer, ...marks] = Buffer.from(text, 'base64').toString().split(':')
  return kind === 'simulated' && signer !== undefined ? { signer, marks } : undefined
}

export interface Seal {
  readonly signer: string
  /** One for each thing that was signed, to compare with `markOf`. */
  readonly marks: readonly string[]
}

/** What stands for a text in a seal. */
export function markOf(text: string): string {
  return hashOf(text).toString(36)
}

import { baseProfile, platformParams } from './base.ts'
import { usualName } from '../shared/tool-rules.ts'
import type { Profile } from './profile.ts'

/** A vendor: where it is, by which key, and in what it differs. */
export interface FamilyRow {
  readonly id: string
  /** The key's name in the key store; `null` where none is needed. */
  readonly key: string | null
  readonly baseURL: string
  readonly profile: Profile
}

/** A row from what it has of its own. */
export function row(id: string, { key, baseURL }: Pick<FamilyRow, 'key' | 'baseURL'>, profile: Partial<Profile>): FamilyRow {
  return { id, key, baseURL, profile: { ...baseProfile, ...profile } }
}

/** What is refused everywhere, and these fields too. */
export const refuse = (...fields: readonly string[]): readonly string[] => [...baseProfile.refuseParams, ...fields]

/** What is dropped everywhere, and these fields too. */
export const drop = (...fields: readonly string[]): readonly string[] => [...platformParams, ...fields]

/** OpenAI's own rule for the names of functions, and how many there may be, which most references have taken over. */
export const usualTools = { toolNames: usualName.name, mostTools: 128 } as const
export const noAttachments = { audioInput: false, fileInput: false, videoInput: false } as const
export const textOnly = { ...noAttachments, imageInput: false } as const
export const penalties = ['presence_penalty', 'frequency_penalty'] as const

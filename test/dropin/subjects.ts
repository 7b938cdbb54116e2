import { existsSync } from 'node:fs'
import OpenAI, { type ClientOptions } from 'openai'
import type { LoopbackServer } from './server.ts'

/** The client options that mean the same to the router and to the real client. */
export type SharedOptions = Pick<ClientOptions, 'maxRetries' | 'timeout' | 'defaultHeaders'>

/** A client that has to behave as the `openai` client does. */
export interface Subject {
  readonly name: string
  readonly isRouter: boolean
  create(server: Pick<LoopbackServer, 'baseURL'>, options?: SharedOptions): OpenAI
}

const apiKey = 'sk-test'

const real: Subject = {
  name: 'real',
  isRouter: false,
  create: ({ baseURL }, options) => new OpenAI({ apiKey, baseURL, organization: null, project: null, logLevel: 'off', ...options }),
}

export const subjects: readonly Subject[] = [real]
void existsSync

import OpenAI from 'openai'
import { createRouter, memoryKeys } from '../../src/index.ts'
import { openai } from '../../src/providers/openai/index.ts'
import type { LoopbackServer } from './server.ts'

/** The client options that mean the same to the router and to the real client. */
export interface SharedOptions {
  readonly maxRetries?: number
  readonly timeout?: number
  readonly defaultHeaders?: Readonly<Record<string, string>>
}

/** A client that has to behave as the `openai` client does. */
export interface Subject {
  readonly name: string
  readonly isRouter: boolean
  readonly create: (server: Pick<LoopbackServer, 'baseURL'>, options?: SharedOptions) => OpenAI
}

const apiKey = 'sk-test'

const real: Subject = {
  name: 'real',
  isRouter: false,
  create: ({ baseURL }, options) => new OpenAI({ apiKey, baseURL, organization: null, project: null, logLevel: 'off', ...options }),
}

function router(name: string, fastPath: boolean): Subject {
  return {
    name,
    isRouter: true,
    create: ({ baseURL }, options) =>
      createRouter({
        providers: [openai({ baseURL })],
        keys: memoryKeys({ OPENAI_API_KEY: apiKey }),
        fastPath,
        ...options,
      }),
  }
}

export const subjects: readonly Subject[] = [real, router('router', true), router('router-serialising', false)]

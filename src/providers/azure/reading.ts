import type { Reading } from '../openai/reading.ts'
import { isObject } from '../shared/json.ts'
import type { JsonObject } from '../shared/json.ts'
import { refusals } from './failure.ts'

/**
 * OpenAI's answers with the content filter's verdicts in them, which pass as they are. Where the filter runs
 * asynchronously its last verdicts come behind the finish reason, in chunks that say nothing: those are left out.
 */
export const reading: Reading = {
  refusals,
  events: () => {
    const finished = new Set<unknown>()
    return (event) => {
      const choices: readonly unknown[] = Array.isArray(event['choices']) ? event['choices'] : []
      const late = choices.length > 0 && choices.every((choice) => isObject(choice) && isLate(choice, finished))
      for (const choice of choices) if (isObject(choice) && choice['finish_reason']) finished.add(choice['index'] ?? 0)
      return late && !isObject(event['usage']) ? undefined : event
    }
  },
}

function isLate({ index = 0, delta }: JsonObject, finished: ReadonlySet<unknown>): boolean {
  const says = isObject(delta) && Object.values(delta).some((value) => value !== null && value !== undefined && value !== '')
  return finished.has(index) && !says
}

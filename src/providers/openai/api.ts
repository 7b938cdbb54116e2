import type { ChatRequest } from '../../contracts/chat.ts'
import { hasBuiltInTools } from '../shared/responses/tools.ts'
import type { Api, ModelTraits } from './models.ts'

/**
 * The API that a request needs: Responses for the vendor's own tools, for a search by a model that is no search model, and
 * for function tools together with reasoning, which chat completions refuse from GPT-5.4 on; else chat completions, which
 * have more parameters.
 */
export function apiFor(request: ChatRequest, model: string, { toolsForbidReasoning }: ModelTraits): Api {
  const { tools = [], functions = [], web_search_options: search, reasoning_effort: effort } = request
  if (search !== undefined && search !== null && !/-search(?:-|$)/.test(model)) return 'responses'
  if (tools.length + functions.length === 0) return 'chat'
  return hasBuiltInTools(request) || (toolsForbidReasoning && effort !== 'none') ? 'responses' : 'chat'
}

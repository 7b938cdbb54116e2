/**
 * What `@pydantic/genai-prices` (ids of 0.1.8) calls the providers that it calls otherwise than the catalog; the rest have
 * one name. `null`: the names of models there do not tell regions apart, or nobody is meant.
 */
export const providersElsewhere: Readonly<Record<string, string | null>> = {
  bedrock: 'aws',
  xai: 'x-ai',
  moonshot: 'moonshotai',
  // Calls count against an allowance; the prices there are what tokens beyond it cost some customers.
  'github-copilot': null,
  // Prices of the maker's own door; in this cloud regions cost more.
  'anthropic-vertex': null,
}

/** What a vendor is sent though no recorded request of its own has it, by path, and why that is right all the same. */
export type Unseen = Readonly<Record<string, string>>

const reference = (vendor: string) => `${vendor}'s API reference of the endpoint has it`
const searchTool = 'UserLocation of @anthropic-ai/sdk'
const schema = 'the schema of the caller, which stands at this place'
const strictTools = 'Function.strict of @mistralai/mistralai'

/** By vendor. */
export const unseen = {
  openai: {
    // A search goes by the Responses API, and all that was recorded are chat completions.
    '.input': 'ResponseCreateParams of openai',
    '.include': 'ResponseCreateParams of openai',
    '.tools[].type=web_search': 'WebSearchTool of openai',
    '.tools[].search_context_size': 'WebSearchTool of openai',
    '.tools[].user_location': 'WebSearchTool of openai',
    '.tools[].user_location.type': 'WebSearchTool of openai',
    '.tools[].user_location.city': 'WebSearchTool of openai',
    '.tools[].user_location.country': 'WebSearchTool of openai',
  },
  anthropic: {
    '.tools[].user_location.type': searchTool,
    '.tools[].user_location.city': searchTool,
    '.tools[].user_location.country': searchTool,
  },
  google: {
    // Recorded requests have `parameters`, which knows less of JSON schema; nothing below this path is ours.
    '.tools[].functionDeclarations[].parametersJsonSchema': 'FunctionDeclaration.parametersJsonSchema of @google/genai',
    '.tools[].functionDeclarations[].parametersJsonSchema.*': schema,
    '.store': 'GenerateContentConfig.store of @google/genai',
    '.generationConfig.responseLogprobs': 'GenerationConfig.responseLogprobs of @google/genai',
    '.contents[].parts[].inlineData.mimeType=audio/wav': 'Blob.mimeType of @google/genai; one of the types in its guide to audio',
  },
  mistral: {
    '.tools[].function.strict': strictTools,
    '.response_format.json_schema.description': 'JsonSchema.description of @mistralai/mistralai',
    '.random_seed': 'ChatCompletionRequest.randomSeed of @mistralai/mistralai',
  },
  bedrock: {},
  deepseek: {
    // Its models have had eyes since deepseek-v4-flash-vision-exp; no recording is as young.
    '.messages[].content[].image_url': reference('DeepSeek'),
    '.messages[].content[].image_url.url': reference('DeepSeek'),
    '.messages[].content[].type=image_url': reference('DeepSeek'),
    '.messages[].name': reference('DeepSeek'),
    '.top_p': reference('DeepSeek'),
    // Of a model that does not think; one that does gets none.
    '.frequency_penalty': reference('DeepSeek'),
    '.presence_penalty': reference('DeepSeek'),
  },
  cohere: {
    // Here the schema itself is the value of `json_schema`.
    '.response_format.json_schema.*': schema,
  },
  groq: {
    '.max_completion_tokens': reference('Groq'),
    '.messages[].name': reference('Groq'),
    '.seed': reference('Groq'),
    '.top_p': reference('Groq'),
  },
} as const satisfies Readonly<Record<string, Unseen>>

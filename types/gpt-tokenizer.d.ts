// `gpt-tokenizer` names this browser type in its declarations; see `google-genai.d.ts`. Not part of the package.
type TextDecoder = InstanceType<typeof TextDecoder>

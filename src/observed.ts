/** Whether the call comes from one of the OpenAI client's helpers that watch its serialiser. */
export function isObserved(options: object): boolean {
  const metadata: unknown = Reflect.get(options, '__metadata')
  const helper = typeof metadata === 'object' && metadata !== null && 'helperMethod' in metadata ? metadata.helperMethod : undefined
  return typeof helper === 'string' && /^(?:chat\.completions\.)?(?:stream|runTools)$/.test(helper)
}

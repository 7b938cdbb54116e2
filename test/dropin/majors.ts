/** Before 7: what the 7.x minors repaired, and what they added. */
const before7 = [
  '23 the body that is sent decides whether the answer is a stream',
  '25 the reason of an aborted signal is the cause',
  '26 an abort in the pause before a retry rejects at once, and nothing more is sent',
  '26 an abort while the body arrives rejects and leaves the upstream',
  '26 the reason of an abort in flight is the cause',
  '27 no listener stays on a long-lived signal',
  '27 no listener stays on a long-lived signal after streams',
  '28 a body that stalls is retried, and withResponse() reports the answer that came',
  '28 a timeout cuts a body that stalls',
  '33 an error that is not wrapped in error',
  '40 an abort inside the loop ends it with the next step',
  '41 an error event whose data is the error itself',
  '41 the last frame needs no blank line after it',
  '41 what follows [DONE] is ignored, and nobody waits for it',
  '43 finish_reason is null, never undefined',
  '46 leaving both branches leaves the upstream',
  '47 cancelling before the first read aborts and leaves the upstream',
  '51 stream() parses by the response format that was sent',
  '51 stream() parses the arguments by the tools that were sent',
  '51 stream() parses with the tool of the name that was sent',
  '52 the heap does not grow over 500 abandoned streams on one signal',
] as const

/**
 * The tests that the real client of an older SDK fails, by the npm alias under which that SDK is installed. Routers on
 * that SDK are not held to them. The suite checks every entry: it is stale as soon as the real client passes.
 */
export const gaps: Readonly<Record<string, readonly string[]>> = {
  'openai-5': [
    ...before7,
    '49 parse() sends the schema and no field of the helper',
    '50 a replayed runTools() holds the results of the tools',
    '50 runTools() gives calls without an id one of their own',
    '50 runTools() sends results of parallel calls in the order of the calls',
  ],
  'openai-6': [
    ...before7,
    '30 a date that nobody can wait for is not waited for',
    '30 a retry-after that nobody can wait for is not waited for',
  ],
  'openai-7-30': ['23 the body that is sent decides whether the answer is a stream'],
}

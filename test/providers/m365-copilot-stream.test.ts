import fc from 'fast-check'
import type OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import type { ChatCompletionChunk } from '../../src/contracts/chat.ts'
import { assertChunks } from '../../src/testing/conformance/shapes.ts'
import { answering, callOf, events, inPieces, prompt, reasonsOf, streamed, textOf, update, whole } from './m365-copilot-fixtures.ts'

type Delta = OpenAI.ChatCompletionChunk.Choice.Delta & { annotations?: OpenAI.ChatCompletionMessage.Annotation[] }

const marked = 'Ask <Person>John Doe</Person>[^1^], he runs <Event>Standup</Event>.'
const bare = 'Ask John Doe, he runs Standup.'

/** Answers with markup anywhere in them, tags inside each other and ends of none included. */
const answers = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 6 }),
      fc.constantFrom('<Person>', '</Person>', '<File>', '</File>', '[^1^]', '[^external^]', '<', '[', '[^', '</', ' ', '\n'),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => parts.join(''))
  .filter((text) => text !== prompt)

const withoutMarkup = (text: string): string => text.replaceAll(/<\/?(?:Person|File|Event)>|\[\^[^\]^\s]{1,24}\^\]/g, '')

/** Where snapshots of a text end, in order. */
const cuts = (text: string): fc.Arbitrary<readonly number[]> =>
  fc.array(fc.nat(text.length), { maxLength: 5 }).map((places) => places.toSorted((one, other) => one - other))

const grown = answers.chain((text) => fc.record({ text: fc.constant(text), places: cuts(text), sizes: sizes() }))

function sizes(): fc.Arbitrary<readonly number[]> {
  return fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })
}

describe('growing snapshots', () => {
  it('give the final text, each only what is new, however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(grown, async ({ text, places, sizes: pieces }) => {
        const body = events(update(), ...places.map((end) => update(text.slice(0, end))), update(), whole(text))
        const { chunks, failure } = await streamed(inPieces(body, pieces))
        expect(failure).toBeUndefined()
        expect(textOf(chunks)).toBe(text)
        assertChunks(chunks)
      }),
    )
  })

  it('give the words alone with markup: strip, tags and marks cut in two included', async () => {
    await fc.assert(
      fc.asyncProperty(grown, async ({ text, places, sizes: pieces }) => {
        const body = events(...places.map((end) => update(text.slice(0, end))), whole(text))
        const { chunks, failure } = await streamed(inPieces(body, pieces), { markup: 'strip' })
        expect(failure).toBeUndefined()
        expect(textOf(chunks)).toBe(withoutMarkup(text))
        assertChunks(chunks)
      }),
    )
  })

  it('give the same words where the service puts the markup in afterwards', async () => {
    // A text whose words look like markup once their own is gone is not meant.
    const settled = grown.filter(({ text }) => withoutMarkup(withoutMarkup(text)) === withoutMarkup(text))
    await fc.assert(
      fc.asyncProperty(settled, fc.constantFrom('keep', 'strip'), async ({ text, places }, markup) => {
        const plain = withoutMarkup(text)
        const body = events(...places.map((end) => update(plain.slice(0, end))), whole(text))
        const { chunks, failure } = await streamed(body, { markup })
        expect(failure).toBeUndefined()
        expect(withoutMarkup(textOf(chunks))).toBe(plain)
      }),
    )
  })

  it('come at once: a delta for each, and no half of a tag, a mark or a character', async () => {
    const snapshots = ['Ask ', 'Ask <Per', 'Ask <Person>Jo', 'Ask <Person>John</Person>[^', 'Ask <Person>John</Person>[^1^] \ud83d']
    const { chunks } = await streamed(events(...snapshots.map((text) => update(text)), whole('Ask <Person>John</Person>[^1^] 👋')))
    const deltas = chunks.flatMap(({ choices }) => choices.flatMap(({ delta }) => delta.content ?? []))
    expect(deltas).toEqual(['', 'Ask ', '<Person>Jo', 'hn</Person>', '[^1^] ', '👋'])
  })

  it('pass over what was asked, which looks like an answer', async () => {
    const { chunks } = await streamed(events(update(`  ${prompt}\n`), update('At'), whole('At nine.')))
    expect(textOf(chunks)).toBe('At nine.')
  })
})

describe('a snapshot that changes what was said', () => {
  it('is taken as it is, before anything was handed over', async () => {
    const { chunks, failure } = await streamed(events(update(''), update(), whole('Nine.')))
    expect([textOf(chunks), failure]).toEqual(['Nine.', undefined])
  })

  it('is a failure where it stays so: two versions are never joined', async () => {
    for (const markup of ['keep', 'strip'] as const) {
      const { chunks, failure } = await streamed(events(update('At ten'), update('No, at nine'), whole('No, at nine.')), { markup })
      expect(failure).toMatchObject({ kind: 'malformed', message: expect.stringContaining('changed its answer') })
      expect([textOf(chunks), reasonsOf(chunks)]).toEqual(['At ten', []])
    }
  })

  it('is passed over where the answer comes back to what was said', async () => {
    const { chunks, failure } = await streamed(events(update('At'), update('**At**'), update('At n'), whole('At nine.')))
    expect([textOf(chunks), failure]).toEqual(['At nine.', undefined])
  })

  it('may put tags around words that were handed over bare: they stay bare, later ones have theirs', async () => {
    const { chunks, failure } = await streamed(events(update('Ask John'), update('Ask John Doe, he'), whole(marked)))
    expect([textOf(chunks), failure]).toEqual(['Ask John Doe, he runs <Event>Standup</Event>.', undefined])
    const midway = await streamed(events(update('Ask John'), whole(marked)))
    expect(textOf(midway.chunks)).toBe('Ask John Doe[^1^], he runs <Event>Standup</Event>.')
  })

  it('never repeats a mark or a tag at the place where it goes on', async () => {
    const first = 'Ask John. See <File>a</File>[^1^]'
    const { chunks } = await streamed(events(update(first), whole('Ask <Person>John</Person>. See <File>a</File>[^1^][^2^].')))
    expect(textOf(chunks)).toBe(`${first}[^2^].`)
  })

  it('may lose white space at its end', async () => {
    const { chunks, failure } = await streamed(events(update('Nine.\n\n'), whole('Nine.')))
    expect([textOf(chunks), reasonsOf(chunks), failure]).toEqual(['Nine.\n\n', ['stop'], undefined])
  })
})

describe('the end of a stream', () => {
  it('is the conversation itself: an update is none, whatever it counts, and HTTP’s end proves nothing', async () => {
    for (const last of [
      update('At nine.', { turnCount: 1 }),
      update(undefined, { turnCount: 1 }),
      update('At nine.', { messages: [{ text: prompt }, { text: 'At nine.' }] }),
      { ...whole('x'), messages: [{ text: 'At nine.' }] },
    ]) {
      const { chunks, failure } = await streamed(events(update('At'), last))
      expect(failure).toMatchObject({ kind: 'truncated' })
      expect(reasonsOf(chunks)).toEqual([])
    }
  })

  it('is not waited for once the conversation is there', async () => {
    let cancelled = false
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode(events(update('At'), whole('At nine.')))),
      cancel: () => {
        cancelled = true
      },
    })
    const { chunks, failure } = await streamed(body)
    expect([textOf(chunks), failure]).toEqual(['At nine.', undefined])
    await expect.poll(() => cancelled).toBe(true)
  })

  it('without an answer in it is a failure', async () => {
    const { failure } = await streamed(events(update(), whole('x', { messages: [{ text: prompt }, { id: 'no text' }] })))
    expect(failure).toMatchObject({ kind: 'malformed' })
  })

  it('may be an error in place of a snapshot', async () => {
    const error = { code: 'TooManyRequests', message: 'Slow down.' }
    const { chunks, failure } = await streamed(events(update('At'), { error }))
    expect([textOf(chunks), failure]).toMatchObject(['At', { kind: 'rate_limit', message: 'Slow down.', code: 'TooManyRequests' }])
  })

  it.each(['[1]', 'null', '"text"', '{"messages":'])('may not be %s', async (data) => {
    expect((await streamed(`data: ${data}\n\n`)).failure).toMatchObject({ kind: 'malformed' })
  })

  it('is content_filter where the service disengages, whether it says its last word or not', async () => {
    const off = { state: 'disengagedForRai' }
    const said = await streamed(events(update('Well'), whole('Well, no.', off)))
    expect([textOf(said.chunks), reasonsOf(said.chunks)]).toEqual(['Well, no.', ['content_filter']])
    const silent = await streamed(events(update('Well'), update('Let us talk of something else.', off)))
    expect([textOf(silent.chunks), reasonsOf(silent.chunks), silent.failure]).toEqual(['Well', ['content_filter'], undefined])
    assertChunks(silent.chunks)
  })

  it('is content_filter too where the service takes back what it said: nothing is joined to that', async () => {
    const { chunks, failure } = await streamed(
      events(update('First, you take'), whole('I cannot talk about that.', { state: 'disengagedForRai' })),
    )
    expect([textOf(chunks), reasonsOf(chunks), failure]).toEqual(['First, you take', ['content_filter'], undefined])
  })
})

const annotationsOf = (chunks: readonly ChatCompletionChunk[]): readonly OpenAI.ChatCompletionMessage.Annotation[] =>
  chunks.flatMap(({ choices }) => choices.flatMap(({ delta }: { delta: Delta }) => delta.annotations ?? []))
const places = (chunks: readonly ChatCompletionChunk[]) =>
  annotationsOf(chunks).map(({ url_citation: { start_index, end_index, title, url } }) => [
    textOf(chunks).slice(start_index, end_index),
    title,
    url,
  ])

describe('sources', () => {
  const attributions = [
    { attributionType: 'annotation', providerDisplayName: '', seeMoreWebUrl: 'https://people.example/john' },
    { attributionType: 'annotation', providerDisplayName: '', seeMoreWebUrl: 'https://events.example/1' },
    { attributionType: 'citation', providerDisplayName: 'Team wiki', seeMoreWebUrl: 'https://wiki.example/standup' },
  ]
  it('are citations: marks by their number, entities in their order, places in the text that was handed over', async () => {
    const { chunks } = await streamed(events(update('Ask '), whole(marked, {}, attributions)))
    expect(places(chunks)).toEqual([
      ['<Person>John Doe</Person>', 'John Doe', 'https://people.example/john'],
      ['<Event>Standup</Event>', 'Standup', 'https://events.example/1'],
      ['[^1^]', 'Team wiki', 'https://wiki.example/standup'],
    ])
    assertChunks(chunks)
  })

  it('have their places in the words alone with markup: strip; a mark leaves the place behind its sentence', async () => {
    const { chunks } = await streamed(events(update('Ask '), whole(marked, {}, attributions)), { markup: 'strip' })
    expect(textOf(chunks)).toBe(bare)
    expect(places(chunks).map(([words]) => words)).toEqual(['John Doe', 'Standup', ''])
    expect(annotationsOf(chunks).at(-1)?.url_citation.start_index).toBe('Ask John Doe'.length)
  })

  it('have theirs in what was handed over also where tags came too late', async () => {
    const { chunks } = await streamed(events(update('Ask John'), whole(marked, {}, attributions)))
    const text = textOf(chunks)
    expect(places(chunks)).toEqual([
      // One entity has no tag in this text, so it cannot be said which is which.
      [text, 'https://people.example/john', 'https://people.example/john'],
      [text, 'https://events.example/1', 'https://events.example/1'],
      ['[^1^]', 'Team wiki', 'https://wiki.example/standup'],
    ])
  })

  it('are the same without a stream, one for each place, none without an address', async () => {
    const text = 'A[^1^] b[^2^] c[^1^] d[^3^].'
    const cited = ['One', 'Two'].map((name) => ({
      attributionType: 'citation',
      providerDisplayName: name,
      seeMoreWebUrl: name === 'One' ? 'https://one.example' : '',
    }))
    const adapter = answering(() => Response.json(whole(text, {}, cited)))
    const { choices } = await adapter.complete(callOf())
    const citation = { type: 'url_citation', url_citation: { title: 'One', url: 'https://one.example' } }
    expect(choices[0]?.message.annotations).toMatchObject([citation, citation])
    const found = choices[0]?.message.annotations?.map(({ url_citation: at }) => text.slice(at.start_index, at.end_index))
    expect(found).toEqual(['[^1^]', '[^1^]'])
  })
})

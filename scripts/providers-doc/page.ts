import manifest from '../../package.json' with { type: 'json' }
import { builtinAdapters } from '../../src/providers/builtin.ts'
import { compatible } from './compatible.ts'
import { code, item, listed, table, wrapped } from './markdown.ts'
import { summaryOf } from './outcomes.ts'
import { fetchesAddresses, imagesOf, outcomesOf, type Images, type Subject } from './probe.ts'
import { entries, subjectOf, type Entry, type Variant } from './providers.ts'

/** The text of `docs/providers.md`: what the adapters say of themselves, and the notes on each. */
export function providersPage(): string {
  return `${[introduction, overview(), ...entries.map(section), compatible(isBuiltIn)].join('\n\n')}\n`
}

const introduction = `# Providers

${wrapped(
  'What each adapter makes of every field of a request, as the adapters themselves say it: this page is made by ' +
    '`npm run docs:providers`, and a test compares it with the code. Each adapter is asked about one current model, whose card in ' +
    'the catalog has a say too; `client.explain(body)` tells the same of your own request and any model.',
)}

${item('**Serves**: exactly as asked.')}
${item('**Emulates**: the vendor has no such thing; the same is had in another way.')}
${item(
  '**Checks**: the vendor does not guarantee the JSON that is asked for. The router checks the answer, for the keywords named or ' +
    'as a whole ([structured outputs](guide.md#structured-outputs)).',
)}
${item(
  '**Leaves out**: it only tunes, and is left out, or sent at the nearest value there is, with a warning. With `strict: true` the ' +
    'target is not eligible.',
)}
${item('**Refuses**: such a request does not go there, and why.')}
${item('A line that begins with another model, an option or another provider says only in what that differs.')}`

function overview(): string {
  const rows = entries.map((entry) => {
    const { id, key, stateOwner, embed, moderate, forward } = subjectOf(entry).adapter
    return [
      `[${id}](#${id})`,
      code(`modelyard/${entry.subpath}`),
      sdkOf(entry.sdk),
      key === null ? '' : code(String(key)),
      ...[isBuiltIn(id), embed, moderate, forward, stateOwner].map((has) => (has === undefined || has === false ? '' : 'yes')),
    ]
  })
  const head = ['provider', 'subpath', 'SDK', 'key', 'by key alone', 'embeddings', 'moderations', 'other endpoints', 'state']
  const family = [
    '[compatible](#openai-compatible-vendors)',
    code('modelyard/compatible'),
    sdkOf('openai'),
    '[one each](#openai-compatible-vendors)',
    ...Array<string>(5).fill(''),
  ]
  return [
    '## Overview',
    table([head, ...rows, family]),
    wrapped(
      'By key alone: a router without `providers` takes it as soon as its key is there. Other endpoints: `files`, `images`, ' +
        '`responses` and the rest of the client are [handed on](guide.md#other-endpoints). State: ' +
        "reasoning that the vendor wants back in the next turn travels in the message's `provider_state`.",
    ),
  ].join('\n\n')
}

function sdkOf(sdk: string | undefined): string {
  return sdk === undefined ? 'none: HTTP' : `${code(sdk)} ${rangeOf(sdk).replaceAll(' || ', ', ')}`
}

const builtIn = new Set(builtinAdapters.map((make) => make().id))

function isBuiltIn(id: string): boolean {
  return builtIn.has(id)
}

function rangeOf(sdk: string): string {
  return Object.entries(manifest.peerDependencies).find(([name]) => name === sdk)?.[1] ?? ''
}

function section(entry: Entry): string {
  const { like, others = [], notes } = entry
  const base = entries.find((each) => subjectOf(each).adapter.id === like)
  return [
    `## ${subjectOf(entry).adapter.id}`,
    [
      ...facts(entry),
      ...(base === undefined ? outcomes(entry) : [likeness(entry, base)]),
      ...others.map((variant) => differences(variant, entry)),
      ...notes.map((note) => item(note)),
    ].join('\n'),
  ].join('\n\n')
}

function facts(entry: Entry): readonly string[] {
  const { call, subpath, sdk, access, region } = entry
  const { adapter, model } = subjectOf(entry)
  const sdks = sdk === undefined || sdk === 'openai' ? [] : [`"${sdk}@${rangeOf(sdk)}"`]
  const said = [
    `Asked about ${code(model)}.`,
    ...(adapter.key === null ? [] : [`Key: ${code(String(adapter.key))}.`]),
    ...(access === undefined ? [] : [access]),
    ...(region?.adapter.region === undefined ? [] : [`${code(region.option)} declares the region ${code(region.adapter.region)}.`]),
    ...(fetchesAddresses({ adapter, model })
      ? ['What is at a web address is [fetched by the adapter](guide.md#images-and-files), from public addresses only.']
      : []),
    ...(adapter.billed === undefined ? [] : ["The vendor's own bill, in the answer, goes before every price."]),
  ]
  const images = imagesOf({ adapter, model })
  return [
    item(`${code(call)} of ${code(`modelyard/${subpath}`)}: ${code(['npm install modelyard openai', ...sdks].join(' '))}`),
    item(said.join(' ')),
    ...(images === undefined ? [] : [item(`Images: ${imageWords(images)}.`)]),
  ]
}

function imageWords({ types, most }: Images): string {
  const kinds = types === undefined ? 'of any type' : types.map(code).join(', ')
  return `${kinds}, ${most === undefined ? 'as many as the vendor takes' : `at most ${most} in a message`}`
}

/** What it makes of requests. */
function outcomes(entry: Entry): readonly string[] {
  const { serves, emulates, checks, without, drops, refuses } = summaryOf(outcomesOf(subjectOf(entry)))
  const lines = [
    ['Serves', serves],
    ['Serves, but', without],
    ['Emulates', emulates],
    ['Checks', checks],
    ['Leaves out', drops],
    ['Refuses', refuses],
  ] as const
  return lines.filter(([, text]) => text !== '').map(([head, text]) => item(`**${head}**: ${text}.`))
}

/** The same for one that is much like another. */
function likeness(entry: Entry, base: Entry): string {
  const { id } = subjectOf(base).adapter
  const told = distinction(subjectOf(entry), subjectOf(base))
  return item(`**As [${id}](#${id})**${told === '' ? '' : `, but ${told}`}.`)
}

function differences(variant: Variant, entry: Entry): string {
  const subject = subjectOf(entry, variant)
  const told = distinction(subject, subjectOf(entry))
  return item(`**${code(variant.option ?? subject.model)}** ${told === '' ? 'makes no difference' : told}.`)
}

/** In what one differs from another. */
function distinction(one: Subject, other: Subject): string {
  const { serves, guarantees, emulates, checks, without, drops, refuses } = summaryOf(outcomesOf(one), outcomesOf(other))
  const clauses = [
    ['serves', serves],
    ['serves', without],
    ['guarantees', guarantees],
    ['emulates', emulates],
    ['checks', checks],
    ['leaves out', drops],
    ['refuses', refuses],
    ['has no', missing(one, other)],
  ] as const
  return clauses.flatMap(([verb, text]) => (text === '' ? [] : [`${verb} ${text}`])).join('; ')
}

/** What the other one has besides chat completions. */
function missing({ adapter }: Subject, other: Subject): string {
  const things = { embed: 'embeddings', moderate: 'moderations', forward: 'other endpoints' } as const
  const gone = (['embed', 'moderate', 'forward'] as const).filter(
    (method) => other.adapter[method] !== undefined && adapter[method] === undefined,
  )
  return listed(gone.map((method) => things[method]))
}

import { vendorRows } from './compatible.ts'
import { features, type Feature } from './features.ts'
import { code, listed, table, wrapped } from './markdown.ts'
import { outcomeOf, type Outcome } from './probe.ts'
import { entries, subjectOf, type Entry } from './providers.ts'

const begin = '<!-- from here on written by `npm run docs:providers` -->'
const end = '<!-- to here -->'

/** The README with what the adapters say between two comments. */
export function readmeWith(text: string): string {
  const [before, rest = ''] = text.split(begin)
  const [, after] = rest.split(end)
  if (before === undefined || after === undefined) throw new Error('README.md has no place for its table of providers')
  return [before, begin, '\n\n', providers(), '\n\n', end, after].join('')
}

function providers(): string {
  const head = ['adapter', 'subpath', 'SDK', 'tools', 'images', 'JSON schemas', 'reasoning', 'embeddings']
  const vendors = vendorRows.map(({ id }) => code(`${id}()`)).join(', ')
  return [
    wrapped(
      'Every adapter answers in one piece and as a stream. Subpaths are below `modelyard/`. JSON schemas that the vendor does not ' +
        'guarantee are `checked` by the router in every answer; where even that is not to be had, a request with a strict one goes ' +
        'elsewhere.',
    ),
    table([head, ...entries.map(row)]),
    wrapped(
      `\`modelyard/compatible\` has ${vendors} and any other \`openaiCompatible({ id, baseURL })\`, all over \`openai\`; most of ` +
        `them make embeddings too. Moderations are made by ${makers('moderate')}. The rest of the OpenAI client (files, images, audio, ` +
        `Responses, batches, ...) goes to ${makers('forward').replace(' and ', ' or ')} [as it is](docs/guide.md#other-endpoints).`,
    ),
    wrapped(
      '[Providers](docs/providers.md) says of each what it serves, emulates, leaves out and refuses, and what to install. Pages of ' +
        'their own have [Claude in the clouds](docs/claude-in-the-clouds.md), [Replicate](docs/replicate.md), ' +
        '[GitHub Copilot](docs/github-copilot.md) and [Microsoft 365 Copilot](docs/microsoft-365-copilot.md).',
    ),
  ].join('\n\n')
}

/** The adapters that have a method, by their functions. */
function makers(method: 'moderate' | 'forward'): string {
  const able = entries.filter((entry) => subjectOf(entry).adapter[method] !== undefined)
  return listed(able.map(({ call }) => code(call.replace(/\(.*/, '()'))))
}

function row(entry: Entry): readonly string[] {
  const { call, subpath, sdk } = entry
  const { adapter } = subjectOf(entry)
  return [
    `[${call.replace(/\(.*/, '')}](docs/providers.md#${adapter.id})`,
    subpath,
    sdk === undefined ? 'none: HTTP' : code(sdk),
    had(entry, 'tools'),
    had(entry, 'images'),
    schemas(entry),
    had(entry, 'reasoning_effort', 'medium'),
    adapter.embed === undefined ? '' : 'yes',
  ]
}

function find(name: string, form?: string): Feature {
  const found = features.find((each) => each.name.replaceAll('`', '') === name && (form === undefined || each.form === code(form)))
  if (found === undefined) throw new Error(`no feature is called ${name}`)
  return found
}

/** Whether the provider has it; where its first model has not, whether another model or option has. */
function had(entry: Entry, name: string, form?: string): string {
  const feature = find(name, form)
  if (has(outcomeOf(feature, subjectOf(entry)))) return 'yes'
  const other = (entry.others ?? []).find((variant) => has(outcomeOf(feature, subjectOf(entry, variant))))
  if (other === undefined) return 'no'
  return other.option === undefined ? 'by model' : 'option'
}

function has({ kind }: Outcome): boolean {
  return kind === 'served' || kind === 'emulated'
}

function schemas(entry: Entry): string {
  const subject = subjectOf(entry)
  const strict = outcomeOf(find('response_format', 'strict'), subject)
  if (strict.kind === 'served') return strict.checked.length === 0 ? 'yes' : 'checked'
  return has(outcomeOf(find('response_format', 'json_schema'), subject)) ? 'not strict' : 'no'
}

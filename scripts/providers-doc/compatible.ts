import * as family from '../../src/providers/family/index.ts'
import { hosts } from '../../src/providers/family/hosts.ts'
import { labs } from '../../src/providers/family/labs.ts'
import { profileOf } from '../../src/providers/family/profile.ts'
import type { FamilyRow } from '../../src/providers/family/row.ts'
import type { ProviderAdapter } from '../../src/contracts/adapter.ts'
import { code, item, table, wrapped } from './markdown.ts'
import { summaryOf } from './outcomes.ts'
import { fetchesAddresses, outcomesOf, type Subject } from './probe.ts'
import { familyModels, type Wire } from './providers.ts'

const { openaiCompatible, ...vendors } = family
/** The vendors of `modelyard/compatible`. */
export const vendorRows: readonly FamilyRow[] = [...Object.values(labs), ...Object.values(hosts)]
const anyModel = 'any-model'
const base: Subject = { adapter: openaiCompatible({ id: 'acme', baseURL: 'https://api.acme.example/v1' }), model: anyModel }

/** The section on the vendors that are rows of data: what any server of the format gets, and in what each one differs. */
export function compatible(isBuiltIn: (id: string) => boolean): string {
  const { serves, checks, drops, refuses } = summaryOf(outcomesOf(base))
  return [
    '## OpenAI-compatible vendors',
    wrapped(
      `Each is a function of \`modelyard/compatible\`; they need no SDK but \`openai\`. A server that is not here is ` +
        "`openaiCompatible({ id: 'acme', baseURL })`, with `key` and `models` as far as it has them, and with `profile` for what it " +
        'does otherwise: the fields are those of [a row](adding-a-provider.md#a-row). Of any model of such a server:',
    ),
    [
      item(`**Serves**: ${serves}.`),
      item(`**Checks**: ${checks}.`),
      item(`**Leaves out**: ${drops}.`),
      item(`**Refuses**: ${refuses}.`),
    ].join('\n'),
    table([
      ['', 'key', 'where', 'asked about', 'embeddings', 'bill', 'by key alone', 'reasoning goes back'],
      ...vendorRows.map(facts),
    ]),
    wrapped('In what they differ from that; of models that the catalog does not know, only the vendor can say what they take.'),
    table([['', 'leaves out', 'refuses', 'else'], ...vendorRows.map(differences)]),
  ].join('\n\n')

  function facts(row: FamilyRow): readonly string[] {
    const { adapter, model } = vendorOf(row)
    const { echoReasoning, reasoningDetails } = profileOf(row.profile, model)
    const echoes = { never: reasoningDetails ? 'yes, with its details' : '', given: 'yes', always: 'yes' } as const
    return [
      code(`${row.id}()`),
      adapter.key === null ? 'none' : code(String(adapter.key)),
      code(row.baseURL.replace('https://', '')),
      model === anyModel ? 'any' : code(model),
      adapter.embed === undefined ? '' : 'yes',
      adapter.billed === undefined ? '' : 'yes',
      isBuiltIn(row.id) ? 'yes' : '',
      echoes[echoReasoning],
    ]
  }
}

function differences(row: FamilyRow): readonly string[] {
  const subject = vendorOf(row)
  const { serves, guarantees, emulates, checks, without, drops, refuses } = summaryOf(outcomesOf(subject), outcomesOf(base))
  const others = [
    ['serves ', serves],
    ['serves ', without],
    ['guarantees ', guarantees],
    ['emulates ', emulates],
    ['checks ', checks],
    ['', fetchesAddresses(subject) ? 'the adapter fetches web addresses' : ''],
  ] as const
  const told = others.filter(([, text]) => text !== '').map(([verb, text]) => verb + text)
  return [code(`${row.id}()`), drops, refuses, told.join('; ')]
}

/** The adapter of a row, and the model that it is asked about. */
export function vendorOf({ id }: FamilyRow, wire: Wire = {}): Subject {
  const makers: Readonly<Record<string, (wire: Wire) => ProviderAdapter>> = vendors
  const make = makers[id]
  if (make === undefined) throw new Error(`modelyard/compatible has no ${id}()`)
  return { adapter: make(wire), model: familyModels[id] ?? anyModel }
}

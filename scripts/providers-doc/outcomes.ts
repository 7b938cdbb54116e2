import { features, type Feature } from './features.ts'
import type { Outcome } from './probe.ts'

type Outcomes = ReadonlyMap<Feature, Outcome>

/** What becomes of features, in the words of the page: a list for each kind of outcome, empty where there is none. */
export interface Summary {
  readonly serves: string
  /** Only of differences: what has to be checked there and is guaranteed here. */
  readonly guarantees: string
  readonly emulates: string
  readonly checks: string
  readonly without: string
  readonly drops: string
  /** With the reasons; of differences without them. */
  readonly refuses: string
}

/** Which features are had, and how. With `than`, only those that are had otherwise there. */
export function summaryOf(outcomes: Outcomes, than?: Outcomes): Summary {
  const wanted = features.filter((feature) => than === undefined || said(outcomes, feature) !== said(than, feature))
  const those = (fits: (outcome: Outcome, feature: Feature) => boolean): readonly Feature[] =>
    wanted.filter((feature) => fits(outcomeIn(outcomes, feature), feature))
  // Of what is served at both, the page says only what is lost, guaranteed or checked besides.
  const isWholeThere = (feature: Feature): boolean => {
    const there = than === undefined ? unknown : outcomeIn(than, feature)
    return there.kind === 'served' && there.without.length === 0
  }
  const refused = those(({ kind }) => kind === 'refused')
  return {
    serves: named(those((outcome, feature) => outcome.kind === 'served' && outcome.without.length === 0 && !isWholeThere(feature))),
    guarantees: named(
      those(
        (outcome, feature) =>
          outcome.kind === 'served' && outcome.without.length + outcome.checked.length === 0 && isWholeThere(feature),
      ),
    ),
    emulates: named(those(({ kind }) => kind === 'emulated')),
    checks: checked(
      those((outcome) => 'checked' in outcome && outcome.checked.length > 0),
      outcomes,
    ),
    without: limited(
      those((outcome) => outcome.kind === 'served' && outcome.without.length > 0),
      outcomes,
    ),
    drops: named(those(({ kind }) => kind === 'dropped')),
    refuses: than === undefined ? explained(refused, outcomes) : named(refused),
  }
}

const unknown: Outcome = { kind: 'dropped' }

function outcomeIn(outcomes: Outcomes, feature: Feature): Outcome {
  return outcomes.get(feature) ?? unknown
}

/** What is told of an outcome, reasons apart. */
function said(outcomes: Outcomes, feature: Feature): string {
  const outcome = outcomeIn(outcomes, feature)
  if (!('checked' in outcome)) return outcome.kind
  const { kind, checked: paths, without } = outcome
  return [kind, paths.length === 0 ? 'nothing' : partsOf(paths).join(), without.join()].join(' ')
}

/** Names with the forms that are meant, where not all of them are. */
function named(list: readonly Feature[]): string {
  const names = [...new Set(list.map(({ name }) => name))]
  return names
    .map((name) => {
      const forms = list.flatMap((feature) => (feature.name === name && feature.form !== undefined ? [feature.form] : []))
      const all = features.filter((feature) => feature.name === name)
      return forms.length === 0 || forms.length === all.length ? name : `${name} (${forms.join(', ')})`
    })
    .join(', ')
}

function explained(list: readonly Feature[], outcomes: Outcomes): string {
  const reasonOf = (feature: Feature): string => {
    const outcome = outcomeIn(outcomes, feature)
    return outcome.kind === 'refused' ? outcome.reason : ''
  }
  return [...Map.groupBy(list, reasonOf)].map(([reason, group]) => `${named(group)}: ${reason}`).join('; ')
}

function limited(list: readonly Feature[], outcomes: Outcomes): string {
  const lostOf = (feature: Feature): string => {
    const outcome = outcomeIn(outcomes, feature)
    return 'without' in outcome ? outcome.without.map((field) => `\`${field}\``).join(', ') : ''
  }
  return [...Map.groupBy(list, lostOf)].map(([lost, group]) => `${named(group)} without ${lost}`).join('; ')
}

function checked(list: readonly Feature[], outcomes: Outcomes): string {
  const whatOf = (feature: Feature): string => {
    const outcome = outcomeIn(outcomes, feature)
    const parts = 'checked' in outcome ? partsOf(outcome.checked) : []
    return parts.length === 0 ? '' : `: ${parts.map((keyword) => `\`${keyword}\``).join(', ')}`
  }
  return [...Map.groupBy(list, whatOf)].map(([what, group]) => named(group) + what).join('; ')
}

/** The keywords that an answer is checked for; none where it is checked as a whole. */
function partsOf(paths: readonly string[]): readonly string[] {
  const last = paths.map((path) => path.split('.').at(-1) ?? path)
  return last.some((part) => ['response_format', 'schema', 'parameters'].includes(part)) ? [] : last
}

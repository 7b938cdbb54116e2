/** Targets of equal rank behind one name: they share its traffic. */
export interface ModelGroup {
  /** Model strings; one of `weight` 3 gets three times the traffic of one of weight 1, the default. */
  readonly targets: readonly (string | { readonly target: string; readonly weight?: number })[]
  /**
   * By what it is shared, in proportion to the weights. `weight`: nothing else. `least-pending`: the fewest attempts under way.
   * `latency`: the shortest wait to be expected, by a moving average of each target's times that jumps up with every slow
   * answer, times the attempts under way.
   */
  readonly share: 'weight' | 'least-pending' | 'latency'
}

/** Targets of equal rank behind one name of `models`, and by what their traffic is shared. */
export interface Group {
  /** The alias. */
  readonly name: string
  readonly by: ModelGroup['share']
  readonly members: readonly Member[]
}

/** A target of a group; one of twice the weight gets twice the traffic. */
export interface Member {
  /** Its id. */
  readonly target: string
  readonly weight: number
}

/** What is known of a target's traffic at one moment. */
export interface Load {
  /** Attempts that are under way. */
  readonly pending: number
  /** The peak-sensitive moving average of its times, decayed to this moment; `null` while nothing was measured. */
  readonly latencyMs: number | null
}

/** The live numbers that a plan goes by, as they are when it is made. */
export interface TrafficView {
  /** Times are to the first token of a stream, or to a whole answer. */
  load(target: string, stream: boolean): Load
  /** Where the next request to this group falls, in [0, 1). The same until a request has set out. */
  draw(group: string): number
}

/** A target's place among its equals, as `explain()` tells it. */
export interface Standing extends Member, Load {}

/** How the traffic of one name was shared, best target first. */
export interface SharedOrder {
  readonly model: string
  readonly by: Group['by']
  readonly order: readonly Standing[]
}

/** What a name stands for in the order of the moment, and how that came about. Pure. */
export function spread<Target extends { readonly id: string }>(
  { targets, groups }: { readonly targets: readonly Target[]; readonly groups: readonly Group[] },
  traffic: TrafficView,
  stream: boolean,
): { readonly targets: readonly Target[]; readonly shared: readonly SharedOrder[] } {
  let order = targets
  const shared = groups.map((group) => {
    const best = ranked(group, traffic, stream)
    order = rearranged(order, best)
    return { model: group.name, by: group.by, order: best }
  })
  return { targets: order, shared }
}

/** The members of a group, best first, by weight alone or by their present load; equals take turns by weight. */
function ranked(group: Group, traffic: TrafficView, stream: boolean): readonly Standing[] {
  const turns = inTurn(group.members, traffic.draw(group.name))
  const rated = turns.map((member) => ({ ...member, ...traffic.load(member.target, stream) }))
  return group.by === 'weight' ? rated : rated.toSorted((one, other) => compare(costOf(group.by, one), costOf(group.by, other)))
}

/** `targets` with the group's members in this order on the places that they have among the others. */
function rearranged<Target extends { readonly id: string }>(
  targets: readonly Target[],
  order: readonly Member[],
): readonly Target[] {
  const places = new Map(targets.map((target) => [target.id, target]))
  const members = new Set(order.map(({ target }) => target))
  let next = 0
  return targets.map((target) => (members.has(target.id) ? (places.get(order[next++]?.target ?? '') ?? target) : target))
}

/**
 * The one whose share of the line from 0 to 1 the draw falls into comes first; the others follow in the same way. Where
 * within its share the draw falls says nothing about who was drawn, so it serves as the next draw.
 */
function inTurn(members: readonly Member[], draw: number): readonly Member[] {
  const left = [...members]
  const order: Member[] = []
  let at = draw
  while (left.length > 0) {
    let rest = at * left.reduce((sum, { weight }) => sum + weight, 0)
    const found = left.findIndex(({ weight }) => (rest -= weight) < 0)
    // Rounding may lead past the end.
    const [member] = left.splice(found, 1)
    if (member === undefined) break
    at = found < 0 ? 0 : (rest + member.weight) / member.weight
    order.push(member)
  }
  return order
}

/** What another request would meet there. Where nothing was measured one request finds out, and the others wait for it. */
function costOf(by: Group['by'], { weight, pending, latencyMs }: Standing): number {
  if (by !== 'latency') return pending / weight
  if (latencyMs === null) return pending === 0 ? 0 : Infinity
  return (latencyMs * (pending + 1)) / weight
}

/** Two infinities are equal. */
function compare(one: number, other: number): number {
  return one === other ? 0 : one - other
}

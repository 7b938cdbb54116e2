/**
 * Has a process killed at its first step, its second, and so on, four at a time, until one comes to its end unharmed; gives how many
 * were killed. `isKilledAt` runs it anew and checks what it has left behind.
 */
export async function killedAtEachStep(isKilledAt: (step: number) => Promise<boolean>): Promise<number> {
  let killed = 0
  for (let step = 1; ; step += 4) {
    const outcomes = await Promise.all([0, 1, 2, 3].map((more) => isKilledAt(step + more)))
    killed += outcomes.filter(Boolean).length
    if (outcomes.includes(false)) return killed
  }
}

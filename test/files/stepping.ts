/** A file system whose every function, and that of every file it opens, is a step; before the given one the process kills itself. */
export function stepping<Target extends object>(target: Target, killedAt: number): Target {
  let step = 0
  const counted = <Part extends object>(part: Part): Part =>
    new Proxy(part, {
      get(_, property) {
        const value: unknown = Reflect.get(part, property)
        if (typeof value !== 'function') return value
        return async (...parameters: unknown[]) => {
          step += 1
          if (step === killedAt) {
            // Half of what was to be written is worse than nothing of it.
            const [text] = parameters
            if (property === 'writeFile' && parameters.length === 1 && typeof text === 'string')
              await Reflect.apply(value, part, [text.slice(0, text.length / 2)])
            process.kill(process.pid, 'SIGKILL')
            await new Promise(() => setInterval(() => undefined, 1_000))
          }
          const result: unknown = await Reflect.apply(value, part, parameters)
          return property === 'open' && typeof result === 'object' && result !== null ? counted(result) : result
        }
      },
    })
  return counted(target)
}

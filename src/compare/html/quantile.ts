/** The value below which this share of the samples lies, straight between its neighbours. The samples are in rising order. */
export function quantile(samples: readonly number[], share: number): number | null {
  const place = (samples.length - 1) * share
  const below = samples[Math.floor(place)]
  const above = samples[Math.ceil(place)]
  return below === undefined || above === undefined ? null : below + (above - below) * (place - Math.floor(place))
}

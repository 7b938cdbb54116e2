/** The host of a location of Vertex AI, as the SDKs would choose it; given explicitly so that no environment variable can. */
export function hostOf(location: string | undefined): string {
  if (location === undefined || location === 'global') return 'https://aiplatform.googleapis.com'
  if (location === 'us' || location === 'eu') return `https://aiplatform.${location}.rep.googleapis.com`
  return `https://${location}-aiplatform.googleapis.com`
}

/** Where a location's data is processed, as far as its name tells. */
export function regionOf(location: string | undefined): string | undefined {
  if (location === undefined) return undefined
  if (location === 'eu' || location.startsWith('europe-')) return 'eu'
  return location === 'us' || location.startsWith('us-') ? 'us' : undefined
}

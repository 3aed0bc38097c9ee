interface Named {
  readonly metadata: { readonly name: string; readonly creationTimestamp: string }
}

/**
 * Orders objects: the older, then the lower name comes first. Who comes first keeps what two of them claim, so that an
 * edit or a newcomer never takes a device from what runs.
 */
export function compareSeniority(a: Named, b: Named): number {
  return (
    compareTexts(a.metadata.creationTimestamp, b.metadata.creationTimestamp) ||
    compareTexts(a.metadata.name, b.metadata.name)
  )
}

/** Orders texts by code units, the same everywhere. */
export function compareTexts(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

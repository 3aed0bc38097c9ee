/**
 * Looks hosts up, once at a time each: whoever asks for a host while it is looked up gets the same answer. The system looks up
 * two names at once, so with a resolver that is away the dials of a large site would queue up one lookup each, and again at
 * each try.
 */
export function sharedLookups(lookup: (host: string) => Promise<string>): (host: string) => Promise<string> {
  const underWay = new Map<string, Promise<string>>()
  return (host) => {
    const known = underWay.get(host)
    if (known !== undefined) return known
    const found = lookup(host).finally(() => underWay.delete(host))
    underWay.set(host, found)
    return found
  }
}

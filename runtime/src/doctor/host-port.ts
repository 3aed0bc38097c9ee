/** A DHT node or status port as `discovery.json` has it, `host:port`, in its parts. */
export function parseHostPort(entry: string): { readonly host: string; readonly port: number } {
  const colon = entry.lastIndexOf(':')
  return { host: entry.slice(0, colon), port: Number(entry.slice(colon + 1)) }
}

/** What the proxy understands of a request. */
export interface Asked {
  readonly kind: 'read' | 'list' | 'watch' | 'write'
  readonly method: string
  /** Path and query, as sent. */
  readonly target: string
  /** Plural of the resource, such as `secrets`; empty for what is no resource. */
  readonly resource: string
  /** Null for a request about all namespaces. */
  readonly namespace: string | null
  /** Null for a request about a collection. */
  readonly name: string | null
  /** When it came, on the monotonic clock. */
  readonly atMs: number
}

const inNamespace = /^\/(?:api\/v1|apis\/[^/]+\/[^/]+)\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+))?/
const inAll = /^\/(?:api\/v1|apis\/[^/]+\/[^/]+)\/([^/]+)$/

/** Reads a request's first line. */
export function parseAsked(method: string, target: string, atMs: number): Asked {
  const { pathname, searchParams } = new URL(target, 'http://server')
  const [, namespace = null, ofNamespace, name = null] = inNamespace.exec(pathname) ?? []
  const [, ofAll = ''] = inAll.exec(pathname) ?? []
  const kind = method === 'GET' ? kindOfRead(name, searchParams) : 'write'
  return { kind, method, target, resource: ofNamespace ?? ofAll, namespace, name, atMs }
}

function kindOfRead(name: string | null, query: URLSearchParams): Asked['kind'] {
  if (name !== null) return 'read'
  return query.has('watch') ? 'watch' : 'list'
}

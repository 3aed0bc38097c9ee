import { z } from 'zod'
import { statusPaths } from '../contract/endpoints.ts'
import { type Clock, parseHttpDate } from '../machine/clock.ts'
import { type DhtProbe, openDhtProbe } from '../net/dht-probe.ts'
import { type Resolved, resolveHost } from '../net/resolve-host.ts'
import { probeFolder } from '../storage/probe-folder.ts'
import { type Instruments, type OrkHeard, questionMs } from './check.ts'
import { parseHostPort } from './host-port.ts'

export interface InstrumentOptions {
  /** IPv4 address to look from. */
  readonly host: string
  /** DHT nodes, `host:port` each. */
  readonly bootstrap: readonly string[]
  /** Where ORK's status port answers, `host:port`; null where nobody says. */
  readonly orkStatus: string | null
  /** Admin token of the site; null while there is none. */
  readonly token: string | null
  readonly clock: Pick<Clock, 'now'>
}

/** Real instruments. Nothing is opened before it is used, each thing is asked once, and what was opened is closed. */
export function openInstruments(options: InstrumentOptions): Instruments & { close(): Promise<void> } {
  const { host, bootstrap, orkStatus, token, clock } = options
  const resolve = createResolver()
  let probe: Promise<DhtProbe> | undefined
  let heard: Promise<OrkHeard | null> | undefined
  const openProbe = async (): Promise<DhtProbe> => {
    const found = await Promise.all(
      bootstrap.map(async (node) => {
        const { host: name, port } = parseHostPort(node)
        const resolved = await resolve(name)
        return resolved.kind === 'found' ? [`${resolved.address}:${port}`] : []
      }),
    )
    return openDhtProbe({ host, bootstrap: found.flat() })
  }
  const askOrk = async (at: string): Promise<OrkHeard | null> => {
    const { host: name, port } = parseHostPort(at)
    const resolved = await resolve(name)
    return resolved.kind === 'found' ? askIdentity(`${resolved.address}:${port}`, token, clock) : null
  }
  return {
    resolve,
    probe: () => (probe ??= openProbe()),
    askOrk: () => (heard ??= orkStatus === null ? Promise.resolve(null) : askOrk(orkStatus)),
    probeFolder,
    close: async () => (await probe?.catch(() => undefined))?.close(),
  }
}

/**
 * Looks names up one at a time, each once. A lookup holds a thread that the process's store needs too, and a name server that
 * is away holds it for long: when one isn't answered, no other is tried.
 */
function createResolver(): (name: string) => Promise<Resolved> {
  const lookups = new Map<string, Promise<Resolved>>()
  let last: Promise<Resolved> | undefined
  const lookUp = async (name: string, before: Promise<Resolved> | undefined): Promise<Resolved> => {
    const earlier = await before
    return earlier?.kind === 'unanswered' ? earlier : resolveHost(name, questionMs)
  }
  return (name) => {
    const lookup = lookups.get(name) ?? (last = lookUp(name, last))
    lookups.set(name, lookup)
    return lookup
  }
}

const identity = z.object({ publicKey: z.string() })

/** Any answer tells the time; one that is refused, or of an earlier release, tells no key. */
async function askIdentity(
  orkStatus: string,
  token: string | null,
  clock: Pick<Clock, 'now'>,
): Promise<OrkHeard | null> {
  try {
    const response = await fetch(`http://${orkStatus}${statusPaths.identity}`, {
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(questionMs),
    })
    const date = parseHttpDate(response.headers.get('date') ?? '')
    const text = await response.text()
    const parsed = response.ok ? identity.safeParse(JSON.parse(text)) : null
    return {
      publicKey: parsed?.success === true ? parsed.data.publicKey : null,
      clockAheadMs: date === null ? null : clock.now() - date,
    }
  } catch {
    // Nobody answers there, or not as ORK does: nothing follows from that.
    return null
  }
}

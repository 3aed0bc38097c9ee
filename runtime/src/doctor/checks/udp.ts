import type { Ping } from '../../net/dht-probe.ts'
import { type Check, type Finding, failed, type Instruments, listSome, ok, questionMs } from '../check.ts'
import { diagnose } from '../diagnoses.ts'
import { parseHostPort } from '../host-port.ts'
import type { Patient } from '../patient.ts'

/** A DHT node as `host:port` and how it answered. */
export interface Pinged {
  readonly node: string
  readonly ping: Ping
}

export const udp: Check = {
  name: 'udp',
  title: 'the DHT nodes answer over UDP',
  appliesTo: ['ork', 'worker', 'app-node', 'dht'],
  needs: ['names'],
  async run(patient, instruments) {
    return findInPings(await Promise.all(nodesOf(patient).map((node) => pingNode(node, instruments))))
  },
}

/** A DHT node is asked at its own address. */
function nodesOf({ service, host, port, files }: Patient): readonly string[] {
  return service === 'dht' ? [`${host}:${port}`] : (files.discovery?.bootstrap ?? [])
}

async function pingNode(node: string, { probe, resolve }: Instruments): Promise<Pinged> {
  const { host, port } = parseHostPort(node)
  const resolved = await resolve(host)
  if (resolved.kind !== 'found') return { node, ping: 'silent' }
  return { node, ping: await (await probe()).ping({ host: resolved.address, port }, questionMs) }
}

/** More than half are needed: then any two processes have a DHT node in common. */
export function findInPings(pings: readonly Pinged[]): Finding {
  const nodesWith = (ping: Ping) => pings.filter((each) => each.ping === ping).map(({ node }) => node)
  const [well, disguised, silent] = [nodesWith('answered'), nodesWith('disguised'), nodesWith('silent')]
  const count = pings.length
  if (well.length * 2 > count) {
    const ailing = [...disguised, ...silent]
    return ok(`${well.length} of ${count}${ailing.length === 0 ? '' : `; not ${listSome(ailing)}`}`)
  }
  if (disguised.length >= silent.length)
    return failed(diagnose('BootstrapDisguised', { disguised: listSome(disguised) }))
  const answering = count - silent.length
  return failed(diagnose('BootstrapSilent', { answering, count, silent: listSome(silent) }))
}

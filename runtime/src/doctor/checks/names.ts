import type { Resolved } from '../../net/resolve-host.ts'
import { type Check, type Finding, failed, listSome, ok } from '../check.ts'
import { diagnose } from '../diagnoses.ts'
import { parseHostPort } from '../host-port.ts'

/** A DHT node's name (or address) and what came of looking it up. */
export interface LookedUp {
  readonly host: string
  readonly resolved: Resolved
}

export const names: Check = {
  name: 'names',
  title: 'the names of the DHT nodes resolve',
  appliesTo: ['ork', 'worker', 'app-node'],
  needs: ['files'],
  async run({ files }, { resolve }) {
    const hosts = (files.discovery?.bootstrap ?? []).map((entry) => parseHostPort(entry).host)
    const lookUp = async (host: string): Promise<LookedUp> => ({ host, resolved: await resolve(host) })
    const control = controlName(hosts)
    const [found, foundControl] = await Promise.all([
      Promise.all(hosts.map(lookUp)),
      control === null ? null : lookUp(control),
    ])
    return findInNames(found, foundControl)
  },
}

/** A name that every cluster has, in the domain of a Service's name; null for names of another kind. */
export function controlName(hosts: readonly string[]): string | null {
  const domain = hosts.map((host) => /\.svc\.(.+)$/.exec(host)?.[1]).find((found) => found !== undefined)
  return domain === undefined ? null : `kubernetes.default.svc.${domain}`
}

/** More than half are needed: then any two processes have a DHT node in common. */
export function findInNames(nodes: readonly LookedUp[], control: LookedUp | null): Finding {
  if (nodes.length === 0) return failed(diagnose('BootstrapUnlisted', {}))
  const lost = nodes.filter(({ resolved }) => resolved.kind !== 'found')
  const found = nodes.length - lost.length
  const names = listSome(lost.map(({ host }) => host))
  if (found * 2 > nodes.length) return ok(`${found} of ${nodes.length}${lost.length === 0 ? '' : `; not ${names}`}`)
  if (lost.some(({ resolved }) => resolved.kind === 'unanswered')) return failed(diagnose('DnsDown', { names }))
  if (control !== null && control.resolved.kind !== 'found') {
    return failed(diagnose('DnsUnaware', { names, control: control.host }))
  }
  return failed(diagnose('BootstrapUnresolved', { names }))
}

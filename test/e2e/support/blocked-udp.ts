import { inject } from 'vitest'
import { findDocker } from '../cluster/docker.ts'
import { run } from './kube.ts'

/**
 * Drops what is sent over UDP to the pods of a selector, in the packet filter of every node: what a firewall or a
 * NetworkPolicy does, with any node image and any CNI that routes. Resolves with what takes it back.
 */
export async function blockUdp(namespace: string, selector: string, port: number): Promise<() => Promise<void>> {
  const addresses = await podAddresses(namespace, selector)
  const rules = addresses.map((address) => ['-d', address, '-p', 'udp', '--dport', String(port), '-j', 'DROP'])
  const change = async (verb: '-I' | '-D') => {
    for (const node of await nodeNames())
      for (const rule of rules) await onNode(node, ['iptables', verb, 'FORWARD', ...rule])
  }
  await change('-I')
  return () => change('-D')
}

async function podAddresses(namespace: string, selector: string): Promise<readonly string[]> {
  const path = '{range .items[*]}{.status.podIP}{"\\n"}{end}'
  const text = await run(['-n', namespace, 'get', 'pods', '-l', selector, '-o', `jsonpath=${path}`])
  return text.split('\n').filter((address) => address !== '')
}

/** A kind node is a container of the same name. */
async function nodeNames(): Promise<readonly string[]> {
  const text = await run(['get', 'nodes', '-o', 'name'])
  return text
    .split('\n')
    .filter((name) => name !== '')
    .map((name) => name.replace('node/', ''))
}

async function onNode(node: string, command: readonly string[]): Promise<void> {
  const docker = await findDocker()
  if (docker === undefined)
    throw new Error(`no Docker daemon answers, and the nodes of ${inject('context')} are in one`)
  await docker.run(['exec', node, ...command])
}

import { type Check, type Finding, failed, ok, skipped } from '../check.ts'
import { diagnose } from '../diagnoses.ts'
import type { Patient } from '../patient.ts'

export const joined: Check = {
  name: 'joined',
  title: 'ORK and this process are connected',
  appliesTo: ['worker', 'app-node'],
  needs: ['files', 'key', 'topic', 'ork-key', 'names', 'udp', 'announced', 'topic-lookup', 'ork'],
  run: findJoined,
}

export function findJoined({ files, running, service }: Pick<Patient, 'files' | 'running' | 'service'>): Finding {
  if (running.kind === 'unknown') return skipped(running.why)
  if (running.joined !== false) return ok()
  const orkKey = files.discovery?.orkPublicKey ?? null
  if (service === 'worker') {
    const publicKey = running.publicKey ?? 'of this process'
    return failed(diagnose('OrkNotCalling', { publicKey }))
  }
  return orkKey === null
    ? skipped('discovery.json names no ORK key')
    : failed(diagnose('OrkUnreachable', { publicKey: orkKey }))
}

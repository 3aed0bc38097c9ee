import { type Check, type Finding, failed, ok, skipped } from '../check.ts'
import { diagnose } from '../diagnoses.ts'
import type { Patient, PatientFiles } from '../patient.ts'

export const orkKey: Check = {
  name: 'ork-key',
  title: 'ORK runs under the key that is declared',
  appliesTo: ['ork', 'worker', 'app-node'],
  needs: ['files'],
  async run(patient, { askOrk }) {
    const { running, service } = patient
    if (service !== 'ork') return findInOrkKey(patient, (await askOrk())?.publicKey ?? null)
    return running.kind === 'unknown' ? skipped(running.why) : findInOrkKey(patient, running.publicKey)
  },
}

/** `orkRuns` is the key that ORK says it runs under; null if it can't be asked. */
export function findInOrkKey(
  { files, running }: Pick<Patient, 'running'> & { readonly files: Pick<PatientFiles, 'discovery'> },
  orkRuns: string | null,
): Finding {
  const declared = files.discovery?.orkPublicKey ?? null
  if (declared === null) return failed(diagnose('OrkKeyUndeclared', {}))
  if (orkRuns !== null) {
    return orkRuns === declared ? ok(declared) : failed(diagnose('OrkKeyDiffers', { declared, running: orkRuns }))
  }
  const refused = refusedCaller(running)
  if (refused !== null) return failed(diagnose('CallerRefused', { refused, declared }))
  return skipped("ORK's status port cannot be asked from here")
}

/** Somebody whom a worker turned away while nobody else calls. */
function refusedCaller(running: Patient['running']): string | null {
  return running.kind === 'running' && running.joined === false ? (running.refused[0] ?? null) : null
}

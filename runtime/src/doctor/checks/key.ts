import { type Check, type Finding, failed, ok, skipped } from '../check.ts'
import { diagnose } from '../diagnoses.ts'
import type { Patient } from '../patient.ts'

export const key: Check = {
  name: 'key',
  title: 'the key on file is the one that runs',
  appliesTo: ['ork', 'worker', 'app-node'],
  needs: ['files'],
  run: findInKey,
}

export function findInKey({ files, running }: Pick<Patient, 'files' | 'running'>): Finding {
  if (running.kind === 'unknown') return skipped(running.why)
  if (files.key?.kind !== 'ok' || running.publicKey === null) return skipped('there is no key on file')
  const { publicKey: onFile } = files.key
  if (onFile === running.publicKey) return ok(onFile)
  return failed(diagnose('KeyFileDiffers', { onFile, running: running.publicKey }))
}

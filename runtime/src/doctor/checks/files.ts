import { folders } from '../../contract/file-layout.ts'
import { type Check, type Finding, failed, ok } from '../check.ts'
import { diagnose } from '../diagnoses.ts'
import { neededFolders, type PatientFiles } from '../patient.ts'

export const files: Check = {
  name: 'files',
  title: 'the mounted files can be used',
  appliesTo: ['ork', 'worker', 'app-node'],
  needs: [],
  run: (patient) => findInFiles(patient.files),
}

export function findInFiles({ key, problems }: PatientFiles): Finding {
  if (key?.kind === 'problem') return failed(diagnose('FileUnusable', { folder: folders.key, problem: key.message }))
  for (const folder of neededFolders) {
    const problem = problems[folder]
    if (problem !== undefined) return failed(diagnose('FileUnusable', { folder, problem }))
  }
  return ok()
}

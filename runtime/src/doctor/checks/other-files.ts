import { type Check, type Finding, failed, ok } from '../check.ts'
import { diagnose } from '../diagnoses.ts'
import { neededFolders, type PatientFiles } from '../patient.ts'

/** What a process does without is no cause of anything that it lacks, so this comes last. */
export const otherFiles: Check = {
  name: 'other-files',
  title: 'what else is mounted can be used',
  appliesTo: ['dht', 'ork', 'worker', 'app-node'],
  needs: [],
  run: (patient) => findInOtherFiles(patient.files),
}

export function findInOtherFiles({ problems }: Pick<PatientFiles, 'problems'>): Finding {
  const other = Object.entries(problems).find(([folder]) => !neededFolders.some((name) => name === folder))
  if (other === undefined) return ok()
  const [folder, problem] = other
  return failed(diagnose('FileIgnored', { folder, problem }))
}

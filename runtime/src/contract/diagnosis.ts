import { z } from 'zod'

/**
 * What a diagnosis is about: the way on which a site's processes find each other, one process that isn't found on it, or the
 * process that makes the diagnosis.
 */
const subjects = ['discovery', 'peer', 'process'] as const

/** As a process tells it; every code is in docs/reference/diagnoses.md. A subject of a later release counts as `peer`. */
export const diagnosisSchema = z.object({
  code: z.string(),
  about: z.enum(subjects).catch('peer'),
  /** What was found, as a sentence without its full stop. Names, addresses, public keys and hashes, never a secret. */
  cause: z.string(),
  /** What to do about it, the same. */
  remedy: z.string(),
})

/** Why a process doesn't find whom it should, or isn't found. */
export type Diagnosis = z.output<typeof diagnosisSchema>
export type DiagnosisSubject = Diagnosis['about']

/** The diagnosis in a line. */
export function formatDiagnosis({ cause, remedy }: Pick<Diagnosis, 'cause' | 'remedy'>): string {
  return `${cause}; ${remedy}`
}

import type { Diagnosis } from '../contract/diagnosis.ts'
import { systemRandom } from '../machine/random.ts'
import type { Program } from '../process/program.ts'
import { examine } from './examine.ts'
import { observePatient, type PatientConfig } from './observe-patient.ts'
import { firstCause } from './run-checks.ts'
import { startVigil, type Vigil } from './vigil.ts'

/**
 * A vigil over a program from inside of it. The program says when something is lacking. Causes are those of a DHT: where
 * processes find each other in a folder, nothing is looked for.
 */
export function keepVigil(
  program: Pick<Program, 'clock' | 'files' | 'log' | 'status'>,
  config: PatientConfig,
  onChange?: (diagnosis: Diagnosis | null) => void,
): Vigil {
  const { clock, files, log } = program
  if (config.sharedDir !== undefined) return idleVigil
  return startVigil({
    clock,
    random: systemRandom,
    log,
    ...(onChange === undefined ? {} : { onChange }),
    async examine(signal) {
      const patient = await observePatient(config, files, { kind: 'status', status: program.status() })
      const [token = null] = files.adminTokens.current() ?? []
      return firstCause(await examine(patient, { token, clock, signal }))
    },
  })
}

const idleVigil: Vigil = {
  see: () => undefined,
  refresh: () => undefined,
  diagnosis: () => null,
  close: () => undefined,
}

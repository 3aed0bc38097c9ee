import type { RefusedCase } from './cases/admission-case.ts'
import { refusedRacks } from './cases/rack-cases.ts'
import { refusedSites } from './cases/site-cases.ts'
import { refusedWorkers } from './cases/worker-cases.ts'

/** Objects that must be refused, with the field and the sentence that the user sees. */
export const refusedCases: readonly RefusedCase[] = [...refusedSites, ...refusedWorkers, ...refusedRacks]

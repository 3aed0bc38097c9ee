import type { Diagnosis } from '../contract/diagnosis.ts'
import type { Clock } from '../machine/clock.ts'
import { within } from '../machine/within.ts'
import { type Check, type CheckName, checkNames, type Finding, type Instruments, skipped } from './check.ts'
import { announced } from './checks/announced.ts'
import { clock } from './checks/clock.ts'
import { files } from './checks/files.ts'
import { joined } from './checks/joined.ts'
import { key } from './checks/key.ts'
import { names } from './checks/names.ts'
import { ork } from './checks/ork.ts'
import { orkKey } from './checks/ork-key.ts'
import { otherFiles } from './checks/other-files.ts'
import { store } from './checks/store.ts'
import { topic } from './checks/topic.ts'
import { topicLookup } from './checks/topic-lookup.ts'
import { udp } from './checks/udp.ts'
import { workers } from './checks/workers.ts'
import type { Patient, PatientService } from './patient.ts'

const checks: Readonly<Record<CheckName, Check>> = {
  files,
  key,
  store,
  topic,
  'ork-key': orkKey,
  names,
  udp,
  announced,
  'topic-lookup': topicLookup,
  ork,
  workers,
  joined,
  'other-files': otherFiles,
  clock,
}

/** A check and what it came to. */
export interface Checked {
  readonly name: CheckName
  readonly title: string
  readonly finding: Finding
}

/** The checks that apply to a program, in their order. */
export function checksOf(service: PatientService): readonly Check[] {
  return checkNames.map((name) => checks[name]).filter(({ appliesTo }) => appliesTo.includes(service))
}

/** More than a check can take by its own limits; a disk that hangs has none. */
const checkLimitMs = 5_000
const unfinished = skipped(`it did not end within ${checkLimitMs / 1_000} s`)

export interface RunOptions {
  readonly clock: Pick<Clock, 'sleep'>
  readonly signal?: AbortSignal
}

/**
 * Runs the checks side by side, each as soon as those that it needs are done. One whose needs have failed isn't run: it would
 * tell a consequence.
 */
export function runChecks(
  patient: Patient,
  instruments: Instruments,
  { clock: time, signal }: RunOptions,
): Promise<readonly Checked[]> {
  const running = new Map<CheckName, Promise<Done>>()
  for (const check of checksOf(patient.service)) {
    const needed = check.needs.flatMap((need) => running.get(need) ?? [])
    const run = async (): Promise<Done> => {
      const obstacle = (await Promise.all(needed)).find((done) => done.obstacle !== null)?.obstacle ?? null
      return runOne(check, obstacle, signal, () =>
        within(time, checkLimitMs, check.run(patient, instruments), unfinished),
      )
    }
    running.set(check.name, run())
  }
  return Promise.all(running.values())
}

/** `obstacle` is the title of what failed, here or in what this needs; null if all is sound. */
interface Done extends Checked {
  readonly obstacle: string | null
}

async function runOne(
  { name, title }: Check,
  obstacle: string | null,
  signal: AbortSignal | undefined,
  run: () => Promise<Finding>,
): Promise<Done> {
  if (signal?.aborted === true) return { name, title, finding: skipped('it was given up'), obstacle }
  if (obstacle !== null) return { name, title, finding: skipped(`${obstacle}: that is not so`), obstacle }
  const finding = await run()
  return { name, title, finding, obstacle: finding.kind === 'failed' ? title : null }
}

/** The cause that explains most: of what failed, what comes first. */
export function firstCause(checked: readonly Checked[]): Diagnosis | null {
  for (const { finding } of checked) if (finding.kind === 'failed') return finding.diagnosis
  return null
}

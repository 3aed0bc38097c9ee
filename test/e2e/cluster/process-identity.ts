import { readFileSync } from 'node:fs'

/** A process as others may remember it. A pid alone is used again after a while. */
export interface ProcessIdentity {
  pid: number
  /** What the kernel says about the start of the process, `''` where it can't be known (not Linux). */
  startedAt: string
}

export function identifyProcess(pid: number): ProcessIdentity {
  return { pid, startedAt: startOf(pid) ?? '' }
}

/** Whether exactly this process still runs. A zombie doesn't. */
export function isRunning({ pid, startedAt }: ProcessIdentity): boolean {
  if (!(pid > 0)) return false // 0 and below would mean groups of processes
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it is there and belongs to somebody else
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  return startedAt === '' || startOf(pid) === startedAt
}

/** Field 22 of /proc/PID/stat, in clock ticks since boot, with the boot's id. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z') return undefined
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19] ?? ''}`
  } catch {
    return undefined
  }
}

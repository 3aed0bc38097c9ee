import type { CommandOptions, CommandResult } from './command.ts'
import type { Docker } from './docker.ts'
import type { Progress } from './progress.ts'

type Limits = Required<Pick<CommandOptions, 'firstWordMs' | 'silenceMs' | 'timeoutMs'>>

/**
 * A registry that answers says something soon. Then there may be long silence: without a terminal, `docker pull` has a line for the
 * begin and the end of a layer and none between, and a layer may have hundreds of megabytes.
 */
const LIMITS: Limits = { firstWordMs: 30_000, silenceMs: 5 * 60_000, timeoutMs: 15 * 60_000 }

/** Pulls an image; false, with a note why, if no registry gives it, and soon if none answers. */
export async function tryPull(
  docker: Pick<Docker, 'run'>,
  image: string,
  progress: Progress,
  limits = LIMITS,
): Promise<boolean> {
  const name = image.split('@')[0] ?? image
  try {
    await progress.step(`docker pull ${name}`, async () => {
      const result = await docker.run(['pull', image], { allowFailure: true, ...limits })
      if (result.exitCode !== 0) throw new NotPulled(formatReason(result))
    })
    return true
  } catch (error) {
    if (!(error instanceof NotPulled)) throw error
    progress.note(`${name} can't be pulled, so it will be made here. The reason: ${error.message}`)
    return false
  }
}

/** The last line of Docker's complaint, or that it was silent. */
function formatReason({ stderr, exitCode, killedFor }: CommandResult): string {
  const complaint = stderr.trim().split('\n').at(-1)
  if (killedFor !== undefined) return `docker pull ${killedFor}`
  return complaint || `docker pull ended with ${exitCode}`
}

/** The step shows that it failed, the note why. */
class NotPulled extends Error {}

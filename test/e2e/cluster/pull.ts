import type { Docker } from './docker.ts'
import type { Progress } from './progress.ts'

/** A registry that answers says something within this time, and then keeps saying something. */
const SILENCE_MS = 30_000
const LIMIT_MS = 15 * 60_000

/** Pulls an image; false, soon, if no registry gives it. */
export async function tryPull(docker: Docker, image: string, progress: Progress): Promise<boolean> {
  const name = image.split('@')[0] ?? image
  try {
    await progress.step(`docker pull ${name}`, async () => {
      const limits = { silenceMs: SILENCE_MS, timeoutMs: LIMIT_MS }
      const { exitCode } = await docker.run(['pull', image], { allowFailure: true, ...limits })
      if (exitCode !== 0) throw new NotPulled()
    })
    return true
  } catch (error) {
    if (!(error instanceof NotPulled)) throw error
    progress.note(`no registry gives ${name}: it will be made here`)
    return false
  }
}

/** The step shows that it failed, and nothing else does. */
class NotPulled extends Error {}

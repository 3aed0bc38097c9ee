/**
 * ORK without a process around it: no files, no environment, so that it can also live inside another program or a test.
 *
 * O1  Recovery is done before anybody is served or dialled.
 * O2  Closing ends the callers' links first, gives commands under way a moment, ends the workers' links, and is done when what
 *     that led to is on disk.
 */
import { opening } from '../machine/resource.ts'
import type { Peer } from '../net/link.ts'
import { JoinedModules, type JoinedModulesOptions } from './joined-modules.ts'
import { createTurnedAway } from './turned-away.ts'
import { answerFrame, type WirePorts } from './wire.ts'

/** ORK at work. */
export interface Kernel {
  /** What callers may ask, without a network between: for the program that ORK lives in. */
  readonly wire: WirePorts
  /** The roster is another one. Resolves when what that changes is on disk. */
  onRosterChange(): Promise<void>
  /** Looks the topic up at once: it is another one, or somebody waits. */
  searchNow(): void
  /**
   * A process that may be a worker of the site, found by other means than the topic: its key is in a shared directory, say, or it
   * lives in this process. Counts with admission by topic; dialled at once, also if it was refused before.
   */
  introduce(peer: Peer): void
  close(): Promise<void>
}

/** Recovers, listens, and looks for the site's workers. Rejects if the store or the commands can't be read or the node can't listen. */
export function startKernel(options: JoinedModulesOptions): Promise<Kernel> {
  return opening(async (resources) => {
    const modules = new JoinedModules(options)
    resources.onClose(() => modules.stop())
    await modules.recover()
    const turnedAway = createTurnedAway(options.clock, options.log)
    const listener = await options.node.listen({
      admits(publicKey) {
        const isCaller = modules.isCaller(publicKey)
        if (!isCaller) turnedAway.note(publicKey)
        return isCaller
      },
      answer: (message, caller) => answerFrame(modules.wire, message, caller),
    })
    resources.add(listener)
    modules.start()
    return {
      wire: modules.wire,
      async onRosterChange() {
        const written = modules.followRoster()
        listener.recheck()
        await written
      },
      searchNow: () => modules.searchNow(),
      introduce: (peer) => modules.introduce(peer),
      close: () => resources.close(),
    }
  })
}

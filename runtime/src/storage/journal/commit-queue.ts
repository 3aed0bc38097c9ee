import { setImmediate as nextTurn } from 'node:timers/promises'

/** Commits what is pushed, in order, one commit at a time. */
export interface CommitQueue<Item> {
  /** Bytes that wait, without those of the commit under way. */
  readonly waitingBytes: number
  push(item: Item): void
  /** There may be something to do between commits. */
  wake(): void
  /** Waits for what has been pushed. */
  close(): Promise<void>
}

export interface CommitQueueOptions<Item> {
  /** What one commit takes at most, unless a single item has more. */
  readonly groupBytes: number
  readonly sizeOf: (item: Item) => number
  /** Never rejects. */
  readonly commit: (group: readonly Item[]) => Promise<void>
  /** Does something between commits and says whether there is more of it. Never rejects. */
  readonly between: () => Promise<boolean>
}

/** Group commit: what is pushed while a commit is under way, or in the same turn, goes out together as the next. */
export function commitQueue<Item>({
  groupBytes,
  sizeOf,
  commit,
  between,
}: CommitQueueOptions<Item>): CommitQueue<Item> {
  let waiting: Item[] = []
  let waitingBytes = 0
  let running: Promise<void> | undefined
  let isClosing = false
  const take = (): readonly Item[] => {
    let bytes = 0
    const end = waiting.findIndex((item, at) => {
      bytes += sizeOf(item)
      return at > 0 && bytes > groupBytes
    })
    const group = end === -1 ? waiting : waiting.slice(0, end)
    waiting = end === -1 ? [] : waiting.slice(end)
    for (const item of group) waitingBytes -= sizeOf(item)
    return group
  }
  const run = async () => {
    await Promise.resolve()
    for (;;) {
      const group = take()
      if (group.length > 0) await commit(group)
      const hasMore = !isClosing && (await between())
      if (!hasMore && waiting.length === 0) break
      // What comes in with this turn goes along: a commit costs more than the items in it.
      await nextTurn()
    }
    running = undefined
  }
  return {
    get waitingBytes() {
      return waitingBytes
    },
    push(item) {
      waiting.push(item)
      waitingBytes += sizeOf(item)
      running ??= run()
    },
    wake: () => void (running ??= run()),
    async close() {
      isClosing = true
      await running
    },
  }
}

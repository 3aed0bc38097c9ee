export interface Closeable {
  close(): Promise<void> | void
}

/** What has been opened so far, closed in reverse order. */
export interface Resources {
  /** Takes charge of closing the resource, and gives it back. */
  add<Resource extends Closeable>(resource: Resource): Resource
  /** Takes charge of one step of closing. */
  onClose(close: () => Promise<void> | void): void
  /**
   * Closes everything, last opened first; a step that fails doesn't keep the others from closing, the first failure is
   * thrown at the end. Calling it again waits for the same closing.
   */
  close(): Promise<void>
}

/**
 * Opens in order: gives `open` an empty stack to put what it opens on. If `open` fails, what it has opened is closed again
 * and its error thrown.
 */
export async function opening<Opened>(open: (resources: Resources) => Promise<Opened>): Promise<Opened> {
  const resources = emptyResources()
  try {
    return await open(resources)
  } catch (error) {
    await resources.close().catch(() => undefined)
    throw error
  }
}

function emptyResources(): Resources {
  const steps: (() => Promise<void> | void)[] = []
  let closing: Promise<void> | undefined
  return {
    add(resource) {
      steps.push(() => resource.close())
      return resource
    },
    onClose: (close) => void steps.push(close),
    close: () => (closing ??= closeAll(steps)),
  }
}

async function closeAll(steps: (() => Promise<void> | void)[]): Promise<void> {
  const failures: unknown[] = []
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    try {
      await step()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

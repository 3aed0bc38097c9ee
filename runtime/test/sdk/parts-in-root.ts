import { afterEach, beforeEach } from 'vitest'
import type { Closeable } from '../../src/machine/resource.ts'
import { shutdown } from '../../src/sdk/shutdown.ts'
import { temporaryFolder } from '../process/projected-folder.ts'

/** For each test of the file a root of its own, and an end to the parts that it starts there: the last one first. */
export function partsInRoot() {
  const opened: Closeable[] = []
  let root: Awaited<ReturnType<typeof temporaryFolder>>
  beforeEach(async () => {
    root = await temporaryFolder()
  })
  afterEach(async () => {
    await shutdown(...opened.splice(0).reverse())
    await root.remove()
  })
  return {
    root: {
      get path() {
        return root.path
      },
    },
    own<Part extends Closeable>(part: Part): Part {
      opened.push(part)
      return part
    },
  }
}

import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes minutes, the longest first. */
const longest = [
  'fire.integration.test.ts',
  'steady-state.integration.test.ts',
  'ork-process.integration.test.ts',
  'chaos.integration.test.ts',
  'command-memory.integration.test.ts',
]

/**
 * Begins with the files that take minutes, or a run ends with one of them alone and a core that has nothing to do. Vitest knows
 * them from the run before; in a fresh clone it goes by the size of files, which says nothing of how long they wait.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const byVitest = await super.sort(files)
    return byVitest.toSorted((a, b) => rankOf(a) - rankOf(b))
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = longest.findIndex((name) => moduleId.endsWith(`/${name}`))
  return rank === -1 ? longest.length : rank
}

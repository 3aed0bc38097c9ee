import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/longest-first.ts'

/** Three projects: `unit` (in process, < 20 s), `integration` (processes, real DHT and API server, fuzz), `e2e` (a cluster). */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{operator,runtime,scripts,test}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/*.integration.test.ts', '**/*.e2e.test.ts'],
          testTimeout: 10_000,
          // Modules hold no state, so files may share them: a quarter of the time.
          pool: 'threads',
          isolate: false,
          // Some wait more than they work: half as many files again as there are cores take a fifth less time.
          maxWorkers: Math.ceil(availableParallelism() * 1.5),
        },
      },
      {
        test: {
          name: 'integration',
          include: ['{operator,runtime,scripts,test}/**/*.integration.test.ts'],
          globalSetup: ['test/api-server/global-setup.ts'],
          testTimeout: 60_000,
          // They wait more than they work: as many files at once as there are cores, and some tests of a file that say so.
          maxWorkers: '100%',
          maxConcurrency: 6,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e.test.ts'],
          globalSetup: ['test/e2e/support/global-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 1_200_000,
          fileParallelism: false,
        },
      },
    ],
  },
})

import { fileURLToPath } from 'node:url'

/**
 * What every Node process of a test begins with. What V8 has compiled is kept from one process to the next: hundreds are started
 * from source, and each would spend half of its start on that.
 */
export const processEnv = {
  PATH: process.env['PATH'],
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../../node_modules/.cache/compiled', import.meta.url)),
} as const

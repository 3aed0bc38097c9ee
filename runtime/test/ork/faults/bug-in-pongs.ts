/** Loaded before ORK's program, this is a bug in it: no pong can be understood. */
import { WorkerRegistry } from '../../../src/ork/modules/worker-registry/module.ts'

WorkerRegistry.prototype.onPong = () => {
  throw new TypeError('a bug that a test has put here')
}

import { Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { temporaryFolder } from '../../test/process/projected-folder.ts'
import { type Log, silentLog } from '../log.ts'
import { startAppNode } from './index.ts'
import { rootFiles, tell } from './root-folder.ts'
import { followToldKey } from './told-key.ts'

let root: Awaited<ReturnType<typeof temporaryFolder>>
beforeEach(async () => {
  root = await temporaryFolder()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await root.remove()
})

/** Has whoever opens a port wait for this. */
function holdPorts(until: Promise<unknown>): void {
  const listen = Server.prototype.listen
  vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server, ...place: unknown[]) {
    void until.then(() => {
      Reflect.apply(listen, this, place)
    })
    return this
  })
}

test('a key that ORK tells while the port is being opened is dialled', async () => {
  const key = 'cd'.repeat(32)
  const path = join(root.path, rootFiles.orkKey)
  const read = Promise.withResolvers<null>()
  const dialled: unknown[] = []
  const note = (fields: object, text?: string): void => {
    if (text === 'ORK is dialled') dialled.push(fields)
  }
  const log = { ...silentLog, info: note, warn: () => void tell(path, key), child: () => log } as unknown as Log
  // Both read a change 30 ms after they were told of it.
  const told = await followToldKey(path, () => setTimeout(() => read.resolve(null), 100))
  holdPorts(read.promise)
  const appNode = await startAppNode({ root: root.path, port: 0, discovery: { mode: 'local' }, log })
  expect(dialled).toEqual([{ publicKey: key }])
  told.close()
  await appNode.close()
})

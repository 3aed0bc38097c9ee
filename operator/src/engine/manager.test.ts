import { describe, expect, test, vi } from 'vitest'
import type { Controller } from './controller.ts'
import { silentLog } from './log.ts'
import { type ElectionEvents, leadAlone, type ManagerOptions, startManager } from './manager.ts'

/** Parts that write down what is done to them. */
function parts() {
  const did: string[] = []
  const warm = Promise.withResolvers<undefined>()
  let events: ElectionEvents | undefined
  const controller: Controller = {
    enqueue: () => undefined,
    start: () => void did.push('controller starts'),
    stop: () => {
      did.push('controller stops')
      return Promise.resolve()
    },
  }
  const options: ManagerOptions = {
    warm: () => {
      did.push('caches warm')
      return warm.promise
    },
    elect: (given) => {
      did.push('campaign begins')
      events = given
      return {
        leads: true,
        lapsed: false,
        close: () => {
          did.push('lease released')
          return Promise.resolve()
        },
      }
    },
    controllers: [controller],
    log: silentLog,
    onFatal: (reason) => void did.push(`fatal: ${reason}`),
  }
  return { did, warm, options, events: () => events! }
}

describe('the manager', () => {
  test('fills the caches, then campaigns, then works; and stops in the reverse order', async () => {
    const { did, warm, options, events } = parts()
    const manager = startManager(options)
    expect(manager.state).toBe('warming')
    warm.resolve(undefined)
    await vi.waitFor(() => expect(manager.state).toBe('standby'))
    events().won()
    expect(manager.state).toBe('leading')
    await Promise.all([manager.close(), manager.close()])
    expect(did).toEqual(['caches warm', 'campaign begins', 'controller starts', 'controller stops', 'lease released'])
  })

  test('a lost lease is fatal, unless it is lost while stopping', async () => {
    const { did, warm, options, events } = parts()
    const manager = startManager(options)
    warm.resolve(undefined)
    await vi.waitFor(() => expect(manager.state).toBe('standby'))
    events().won()
    events().lost('somebody else holds it')
    expect(did.at(-1)).toBe('fatal: somebody else holds it')
    await manager.close()
    events().lost('again')
    expect(did).not.toContain('fatal: again')
  })

  test('caches that cannot be filled are fatal, and nothing works on them', async () => {
    const { did, warm, options } = parts()
    const manager = startManager(options)
    warm.reject(new Error('forbidden'))
    await vi.waitFor(() => expect(did.at(-1)).toMatch('fatal: the caches could not be filled: Error: forbidden'))
    await manager.close()
    expect(did).not.toContain('campaign begins')
  })

  test('closed while warming, it never campaigns', async () => {
    const { did, warm, options } = parts()
    const manager = startManager(options)
    const closed = manager.close()
    warm.reject(new Error('aborted'))
    await closed
    expect(did).toEqual(['caches warm', 'controller stops'])
  })

  test('without an election it leads once the caches are warm', async () => {
    const { warm, options } = parts()
    const manager = startManager({ ...options, elect: leadAlone })
    warm.resolve(undefined)
    await vi.waitFor(() => expect(manager.state).toBe('leading'))
    await manager.close()
  })
})

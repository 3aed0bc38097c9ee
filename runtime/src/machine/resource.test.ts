import { describe, expect, test } from 'vitest'
import { opening, type Resources } from './resource.ts'

function closeableIn(order: string[], name: string, failure?: Error) {
  return {
    close() {
      order.push(name)
      return failure === undefined ? Promise.resolve() : Promise.reject(failure)
    },
  }
}

const stack = () => opening((resources) => Promise.resolve<Resources>(resources))

describe('opening', () => {
  test('what was opened first is closed last, and only once', async () => {
    const order: string[] = []
    const resources = await stack()
    resources.add(closeableIn(order, 'first'))
    resources.onClose(() => void order.push('second'))
    await Promise.all([resources.close(), resources.close()])
    await resources.close()
    expect(order).toEqual(['second', 'first'])
  })

  test('when opening fails, what is open is closed and the failure thrown, even if closing fails too', async () => {
    const order: string[] = []
    const failing = opening((resources) => {
      resources.add(closeableIn(order, 'first'))
      resources.add(closeableIn(order, 'second', new Error('cannot close')))
      return Promise.reject(new Error('cannot open'))
    })
    await expect(failing).rejects.toThrow('cannot open')
    expect(order).toEqual(['second', 'first'])
  })

  test('one that fails to close keeps no other open, and is told of at the end', async () => {
    const order: string[] = []
    const resources = await stack()
    resources.add(closeableIn(order, 'first'))
    resources.add(closeableIn(order, 'second', new Error('cannot close')))
    await expect(resources.close()).rejects.toThrow('cannot close')
    expect(order).toEqual(['second', 'first'])
  })
})

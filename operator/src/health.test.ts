import { request } from 'undici'
import { afterEach, expect, test } from 'vitest'
import { type Health, startHealth } from './health.ts'

let health: Health | undefined
afterEach(() => health?.close())

async function ask(path: string, caches: { synced: boolean; silent: number }): Promise<string> {
  const metrics = { scrape: () => Promise.resolve({ contentType: 'text/plain', body: 'up 1\n' }) }
  health = await startHealth({ port: 0, metrics, caches: { synced: caches.synced, silentMs: () => caches.silent } })
  const { statusCode, body } = await request(`http://127.0.0.1:${health.port}${path}`)
  return `${statusCode} ${await body.text()}`
}

test.each([
  ['/livez', { synced: false, silent: 0 }, '200 ok\n'],
  ['/livez', { synced: true, silent: 901_000 }, '503 a watch has been stuck for 901 s\n'],
  ['/readyz', { synced: false, silent: 0 }, '503 the caches are not filled yet\n'],
  ['/readyz?verbose', { synced: true, silent: 0 }, '200 ok\n'],
  ['/metrics', { synced: true, silent: 0 }, '200 up 1\n'],
  ['/', { synced: true, silent: 0 }, '404 not found: try /livez, /readyz or /metrics\n'],
])('%s with %o answers %s', async (path, caches, answer) => {
  expect(await ask(path, caches)).toBe(answer)
})

test('a port that is taken is an error, and closing twice is none', async () => {
  await ask('/livez', { synced: true, silent: 0 })
  const metrics = { scrape: () => Promise.resolve({ contentType: '', body: '' }) }
  const taken = startHealth({ port: health!.port, metrics, caches: { synced: true, silentMs: () => 0 } })
  await expect(taken).rejects.toThrow('EADDRINUSE')
  await Promise.all([health!.close(), health!.close()])
})

import { mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { KeyPair } from '../../src/contract/key-pair.ts'
import type { Answering } from '../../src/net/link.ts'
import { startLocalNode } from '../../src/net/local-node.ts'
import { freshMs } from '../../src/net/meeting-folder.ts'
import type { NetworkNode } from '../../src/net/network-node.ts'
import { networkSuite } from '../../src/net/network-suite.ts'
import { temporaryFolder } from '../process/projected-folder.ts'
import { eventually } from './eventually.ts'
import { testPair } from './test-pair.ts'

const nameOf = ({ publicKey }: KeyPair) => `worker-${publicKey.slice(0, 8)}`
const topic = 'ab'.repeat(32)
const quick = { timeoutMs: 5_000 }
const echo: Answering = { admits: () => true, answer: (message) => Promise.resolve(message) }

networkSuite('local node', async () => {
  const root = await temporaryFolder()
  return {
    join: (identity) => startLocalNode({ identity, folder: join(root.path, 'keys'), name: nameOf(identity) }),
    close: () => root.remove(),
  }
})

describe('startLocalNode', () => {
  let root: Awaited<ReturnType<typeof temporaryFolder>>
  let folder: string
  const nodes: NetworkNode[] = []
  beforeEach(async () => {
    root = await temporaryFolder()
    folder = join(root.path, 'keys')
  })
  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((node) => node.close()))
    await root.remove()
  })

  async function start(pair: number, options: { name?: string; onFolderChange?: () => void } = {}) {
    const node = await startLocalNode({ identity: testPair(pair), folder, name: `w${pair}`, ...options })
    nodes.push(node)
    return node
  }

  async function announced(pair: number, name?: string): Promise<NetworkNode> {
    const node = await start(pair, name === undefined ? {} : { name })
    await node.listen(echo)
    const announcement = node.announce(topic, node.publicKey)
    await eventually('it is announced', () => announcement.announced)
    return node
  }

  const age = (file: string, byMs: number) => {
    const at = (Date.now() - byMs) / 1_000
    return utimes(join(folder, file), at, at)
  }

  test("a worker's key file holds the key and nothing else, as upstream reads it, and only its user may", async () => {
    const node = await announced(1)
    expect(await readFile(join(folder, 'w1.key'), 'utf8')).toBe(node.publicKey)
    expect(await readFile(join(folder, `${node.publicKey}.port`), 'utf8')).toBe(String(node.address.port))
    for (const file of await readdir(folder)) expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
  })

  test('nothing is left of a process that closes', async () => {
    const node = await announced(1)
    await node.close()
    expect(await readdir(folder)).toEqual([])
  })

  test.each(['../w', 'a/b', '', '.hidden', 'a\0b'])('the name %j cannot be a file, and is refused', async (name) => {
    await expect(start(1, { name })).rejects.toThrow("cannot be a file's name")
  })

  test('what a killed process left behind is neither found nor dialled once it is stale', async () => {
    const gone = testPair(7).publicKey
    const client = await start(2)
    await writeFile(join(folder, 'gone.key'), gone)
    await writeFile(join(folder, `${gone}.port`), '9')
    expect(await client.lookup(topic, quick)).toEqual([gone])
    for (const file of ['gone.key', `${gone}.port`]) await age(file, freshMs + 1_000)
    expect(await client.lookup(topic, quick)).toEqual([])
    const patient = { timeoutMs: 600_000 }
    await expect(client.dial({ publicKey: gone }, patient)).rejects.toMatchObject({ failure: 'unreachable' })
  })

  test('files that somebody swept away are there again with the next touch', async () => {
    const node = await start(1)
    await node.listen(echo)
    await root.remove()
    await mkdir(folder, { recursive: true })
    const isBack = async () => (await readdir(folder)).includes(`${node.publicKey}.port`)
    await eventually('the port is there again', isBack, 30_000)
    const client = await start(2)
    await expect(client.dial({ publicKey: node.publicKey }, quick)).resolves.toMatchObject({ open: true })
  })

  test('of two workers with one name the last that started is found, and the first takes the name back after it', async () => {
    const first = await announced(1, 'same')
    const second = await announced(2, 'same')
    const client = await start(3)
    expect(await client.lookup(topic, quick)).toEqual([second.publicKey])
    await second.close()
    await eventually(
      'the first is found',
      async () => (await client.lookup(topic, quick))[0] === first.publicKey,
      30_000,
    )
  })

  test('of two processes with one key the first that closes leaves the second to be found', async () => {
    const first = await announced(1)
    const second = await announced(1)
    await first.close()
    const client = await start(3)
    expect(await client.lookup(topic, quick)).toEqual([second.publicKey])
    await second.close()
    expect(await readdir(folder)).toEqual([])
  })

  test('a key that upstream wrote without a port is found, and says that nobody listens there', async () => {
    const client = await start(2)
    const foreign = testPair(8).publicKey
    await writeFile(join(folder, 'upstream.key'), `${foreign}\n`)
    expect(await client.lookup(topic, quick)).toEqual([foreign])
    await expect(client.takeHandOff(foreign, quick)).rejects.toMatchObject({ failure: 'unreachable' })
  })

  test('what is no key, no plain file or too large is passed over', async () => {
    const client = await start(2)
    await writeFile(join(folder, 'text.key'), 'not a key')
    await writeFile(join(folder, 'large.key'), 'ab'.repeat(100_000))
    await mkdir(join(folder, 'folder.key'))
    await writeFile(join(root.path, 'outside'), testPair(9).publicKey)
    await symlink(join(root.path, 'outside'), join(folder, 'link.key'))
    expect(await client.lookup(topic, quick)).toEqual([])
  })

  test('who waits for others is told as soon as one comes', async () => {
    let signs = 0
    await start(2, { onFolderChange: () => (signs += 1) })
    await announced(1)
    await eventually('a sign came', () => signs > 0)
  })
})

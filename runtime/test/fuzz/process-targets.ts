import { deepStrictEqual } from 'node:assert'
import HyperDHT from 'hyperdht'
import type { Secret } from '../../../test/secrets/find-leaks.ts'
import type { KeyPair } from '../../src/contract/key-pair.ts'
import { startDhtNode } from '../../src/net/dht-node.ts'
import { type Link, LinkError } from '../../src/net/link.ts'
import type { NetworkNode } from '../../src/net/network-node.ts'
import { ProcessSite, type SiteProcess } from '../discovery/process-site.ts'
import { converse } from '../net/malformed-conversations.ts'
import { loopback, startTestDht } from '../net/test-dht.ts'
import { callerOver } from '../ork/test-site.ts'
import type { FuzzTarget } from './fuzz.ts'
import { goldenDevice } from './golden-requests.ts'

/** A process that gets frames from a peer that it lets in, over a real DHT. */
export interface ProcessTarget extends FuzzTarget {
  readonly process: SiteProcess
  /** Writes frames that keep to no protocol on a stream of the same peer. */
  garble(frames: readonly Buffer[]): Promise<void>
  readonly publicKey: Buffer
}

/** An ORK, and a worker that is its own: each is a process, and is called by nobody else. */
export interface ProcessTargets {
  readonly ork: ProcessTarget
  readonly worker: ProcessTarget
  /** What nobody may read in a log or a metric. */
  readonly secrets: readonly Secret[]
  close(): Promise<void>
}

const workerId = 'w-fuzz'
/** Longer than ORK waits for a worker. */
const limit = { timeoutMs: 35_000 }

export async function openProcessTargets(): Promise<ProcessTargets> {
  const dht = await startTestDht()
  const site = await ProcessSite.open(dht.bootstrap)
  const nodes: NetworkNode[] = []
  const raw = new HyperDHT({ bootstrap: dht.bootstrap, firewalled: false })
  const outsideOf = (identity: KeyPair, publicKey: string) => {
    const [key, keyPair] = [Buffer.from(publicKey, 'hex'), HyperDHT.keyPair(Buffer.from(identity.seed, 'hex'))]
    return {
      publicKey: key,
      garble: (frames: readonly Buffer[]) => converse(raw.connect(key, { keyPair }), frames),
    }
  }
  const dial = async (identity: KeyPair, publicKey: string) => {
    const node = await startDhtNode({ identity, bootstrap: dht.bootstrap, host: loopback, port: 0 })
    nodes.push(node)
    return redialled(() => node.dial({ publicKey }, { timeoutMs: 20_000 }))
  }
  const [served, alone] = [
    await site.addWorker(workerId, [goldenDevice]),
    await site.addWorker('w-alone', [goldenDevice]),
  ]
  await site.writeRoster([served.entry], [{ name: 'app-node', publicKey: site.appNode.publicKey }])
  const [ork, , worker] = await Promise.all([site.startOrk(), served.start(), alone.start()])
  const watch = site.watch(ork)
  await watch.until('the worker is READY', (seen) => seen.isReady(workerId))
  watch.close()
  const toOrk = await dial(site.appNode, site.ork.publicKey)
  // ORK doesn't know this worker, so nobody else has a link to it with ORK's key.
  const toWorker = await dial(site.ork, alone.entry.publicKey)
  return {
    secrets: site.secrets(),
    ork: {
      process: ork,
      ...outsideOf(site.appNode, site.ork.publicKey),
      send: (frame) => toOrk.request(frame, limit),
      async isWell() {
        const { deviceId } = await callerOver(toOrk).ask('telemetry.pull', { query: { type: 'metrics' } }, goldenDevice)
        deepStrictEqual(deviceId, goldenDevice)
        const { workers } = await callerOver(toOrk).ask('worker.list')
        deepStrictEqual((workers as { workerId: string }[])[0]?.workerId, workerId)
      },
    },
    worker: {
      process: worker,
      ...outsideOf(site.ork, alone.entry.publicKey),
      send: (frame) => toWorker.request(frame, limit),
      async isWell() {
        const { payload } = await callerOver(toWorker).ask('identity.request')
        deepStrictEqual((payload as { devices: unknown }).devices, [{ deviceId: goldenDevice }])
      },
    },
    async close() {
      await raw.destroy({ force: true })
      await Promise.all(nodes.map((node) => node.close()))
      await site.close()
      await dht.close()
    },
  }
}

/** A frame whose link ends under it is sent again so often: on a machine that is busy with others, silence ends a link too. */
const tries = 3

/** A link that is dialled anew when it has ended. */
async function redialled(dial: () => Promise<Link>): Promise<Pick<Link, 'request'>> {
  let link = await dial()
  return {
    async request(message, options) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          if (!link.open) link = await dial()
          return await link.request(message, options)
        } catch (error) {
          const isEnded = error instanceof LinkError && error.failure === 'closed'
          if (!isEnded || attempt === tries) throw error
        }
      }
    },
  }
}

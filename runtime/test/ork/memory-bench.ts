import type { Roster } from '../../src/contract/roster.ts'
import { manualClock } from '../../src/machine/manual-clock.ts'
import { memoryNetwork } from '../../src/net/memory-network.ts'
import type { NetworkNode } from '../../src/net/network-node.ts'
import { memoryJournal } from '../storage/memory-journal.ts'
import { openMemoryStore } from '../storage/memory-store.ts'
import { heldJournal } from './held-journal.ts'
import { type HeldStore, heldStore } from './held-store.ts'
import type { ScriptedWorker } from './scripted-worker.ts'
import { type Caller, callerOver, pairOf, startScripted, TestSite, type TestSiteOptions } from './test-site.ts'

/** ORKs, workers and callers on a network, a clock and a store in memory. */
export class MemoryBench {
  readonly clock = manualClock()
  readonly network = memoryNetwork(this.clock)
  readonly #disk = openMemoryStore()
  readonly #records = new Map<string, string>()
  readonly #open: TestSite[] = []
  #held = heldStore(this.#disk)

  /** The store as the ORK that was started last holds it; it can write its commands where it can write this. */
  get store(): HeldStore {
    return this.#held
  }

  /** Told of every record of a command that is written. */
  onRecord: (commandId: string, record: object | string) => void = () => undefined

  async startOrk(
    roster: Roster | null,
    more: Partial<Pick<TestSiteOptions, 'admission' | 'settings'>> = {},
  ): Promise<TestSite> {
    this.#held = heldStore(this.#disk)
    const join = (identity: Parameters<typeof this.network.join>[0]) => this.network.join(identity)
    const commands = heldJournal(memoryJournal(this.#records), this.#held, (...write) => this.onRecord(...write))
    const site = new TestSite({ join, store: this.#held, commands, clock: this.clock, roster, ...more })
    this.#open.push(site)
    await site.start()
    await this.clock.advance(100)
    return site
  }

  /** Ends ORK as a kill would: nothing is written any more, all links end. */
  async killOrk(site: TestSite): Promise<void> {
    this.#held.writable = false
    this.network.cut(pairOf('ork').publicKey)
    await this.stopOrk(site)
    this.network.restore(pairOf('ork').publicKey)
  }

  async stopOrk(site: TestSite): Promise<void> {
    this.#open.splice(this.#open.indexOf(site), 1)
    await this.#end(site)
  }

  async startWorker(name: string, devices: string[]): Promise<{ worker: ScriptedWorker; node: NetworkNode }> {
    const node = this.network.join(pairOf(name))
    return { worker: await startScripted(node, name, devices), node }
  }

  async connect(name = 'app-node'): Promise<Caller> {
    const client = this.network.join(pairOf(name))
    return callerOver(await client.dial({ publicKey: pairOf('ork').publicKey }, { timeoutMs: 1_000 }))
  }

  async close(): Promise<void> {
    for (const site of this.#open.splice(0)) await this.#end(site)
  }

  async #end(site: TestSite): Promise<void> {
    const closing = site.close()
    await this.clock.advance(5_000)
    await closing
  }
}

import { findLeaks, type Secret } from '../../../test/secrets/find-leaks.ts'
import { commandToken, ProcessSite, type SiteProcess } from '../discovery/process-site.ts'
import { startTestDht } from '../net/test-dht.ts'
import { httpPortOf } from '../process/http-port.ts'
import { readMetrics } from '../process/read-metrics.ts'
import { type Actor, startActor } from './actor.ts'
import { poolPassword } from './customer.ts'
import { type MinerFarm, openMinerFarm } from './miner-farm.ts'
import { type SiteCaller, siteCaller } from './site-caller.ts'
import { mountSmallDisk, type SmallDisk } from './small-disk.ts'

/** A site of processes: a DHT, an ORK on a disk of its own, workers with miners on the network, and an App Node. */
export interface Stage {
  readonly ork: Actor
  readonly workers: readonly Actor[]
  readonly caller: SiteCaller
  readonly farm: MinerFarm
  /** A sentence where there is none. */
  readonly disk: SmallDisk | string
  readonly deviceIds: readonly string[]
  /** True while ORK's disk is full: then it may end. */
  diskFull: boolean
  /** What nobody caused and what nobody may read, so far. */
  problems(): Promise<readonly string[]>
  close(): Promise<void>
}

const diskMiB = 256

export async function openStage(workerCount: number, devicesEach: number): Promise<Stage> {
  const [dht, farms] = [await startTestDht(), idsOf(workerCount, devicesEach)]
  const site = await ProcessSite.open(dht.bootstrap, { logLevel: 'debug' })
  const farm = await openMinerFarm(farms.flat())
  const members = await Promise.all(
    farms.map((ids, at) =>
      site.addWorker(
        `w${at}`,
        farm.devices.filter(({ id }) => ids.includes(id)),
        { WORKER: 'miner-whatsminer' },
      ),
    ),
  )
  await site.writeRoster(
    members.map(({ entry }) => entry),
    [{ name: 'app-node', publicKey: site.appNode.publicKey }],
  )
  const disk = await mountSmallDisk(site.orkStatePath, diskMiB)
  const found: string[] = []
  const secrets: readonly Secret[] = [...site.secrets(), { name: 'the password of a pool', value: poolPassword }]
  const look = (name: string, life: SiteProcess) => {
    found.push(...findLeaks(secrets, [{ place: `the log of ${name}`, text: life.log() }]))
    const fatal = fatalLines(life).filter((line) => !tellsOfFullDisk(line))
    if (!stage.diskFull) found.push(...fatal.map((line) => `${name} logged ${line}`))
  }
  const act = (name: string, start: () => Promise<SiteProcess>) =>
    startActor(name, {
      start,
      onEnd(life, killed) {
        look(name, life)
        if (!killed && !stage.diskFull) found.push(`${name} ended by itself with code ${String(life.child.exitCode)}`)
      },
    })
  const actors: Actor[] = []
  const stage = { diskFull: false }
  const [ork, appNode, ...workers] = await Promise.all([
    act('ork', () => site.startOrk()),
    act('app-node', () => site.startAppNode()),
    ...members.map((member) => act(member.workerId, () => member.start())),
  ])
  actors.push(ork, appNode, ...workers)
  const watch = site.watch(ork.current())
  await watch.until('all workers are READY', (seen) => members.every(({ workerId }) => seen.isReady(workerId)), 60_000)
  watch.close()
  return Object.assign(stage, {
    ork,
    workers,
    caller: siteCaller(await httpPortOf(appNode.current()), commandToken),
    farm,
    disk,
    deviceIds: farms.flat(),
    async problems() {
      for (const { name, current } of actors) {
        look(name, current())
        const metrics = await readMetrics(current().statusPort)
        found.push(...findLeaks(secrets, [{ place: `the metrics of ${name}`, text: metrics }]))
      }
      return [...new Set(found)]
    },
    async close() {
      await Promise.all(actors.map((actor) => actor.end()))
      if (typeof disk !== 'string') await disk.unmount()
      await site.close()
      await farm.close()
      await dht.close()
    },
  })
}

function idsOf(workerCount: number, devicesEach: number): readonly (readonly string[])[] {
  return Array.from({ length: workerCount }, (_, worker) =>
    Array.from({ length: devicesEach }, (__, device) => `rack-${worker}.m-${device}`),
  )
}

/** Who outlives a full disk has that in its log for good. */
function tellsOfFullDisk(line: string): boolean {
  return line.includes('ENOSPC')
}

function fatalLines(life: SiteProcess): readonly string[] {
  return life
    .log()
    .split('\n')
    .filter((line) => /"level":"(error|fatal)"/.test(line))
}

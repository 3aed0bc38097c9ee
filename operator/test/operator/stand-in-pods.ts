import {
  contentHash,
  deviceListRevision,
  type OrkStatus,
  parseDeviceList,
  parseRoster,
  type WorkerStatus,
} from '../../../runtime/src/contract/index.ts'
import type { Deployment, StatefulSet } from '../../src/kube/types.ts'
import { secretText } from '../../src/resources/secret.ts'
import type { Space } from './lab.ts'
import type { ScriptedOrks } from './scripted-orks.ts'

/** What pods would do if there were nodes: be ready, and register with ORK what the roster and the device lists say. */
export interface StandInPods {
  /** Once: brings the status of all workloads and the words of the site's ORK up to date. */
  catchUp(): Promise<void>
}

/** Changes of what ORK would say by itself. */
export type Twist = (status: OrkStatus) => OrkStatus

/** What the pods of a namespace see of it. */
export type PodView = Pick<Space, 'name' | 'get' | 'list' | 'patchStatus'>

export function standInPods(
  space: PodView,
  orks: ScriptedOrks,
  site: string,
  twist: Twist = (status) => status,
): StandInPods {
  let said = ''
  return {
    async catchUp() {
      const workloads = [...(await space.list('Deployment')), ...(await space.list('StatefulSet'))]
      await Promise.all(workloads.map((workload) => becomeReady(space, workload)))
      const status = await statusOf(space, site)
      if (status === null) return
      const twisted = twist(status)
      if (JSON.stringify(twisted) === said) return
      said = JSON.stringify(twisted)
      orks.say(`${space.name}/${site}`, twisted)
    },
  }
}

async function becomeReady(space: PodView, { kind, metadata, spec, status }: Deployment | StatefulSet): Promise<void> {
  const { name = '', generation = 0 } = metadata
  if (metadata.deletionTimestamp !== undefined || status?.observedGeneration === generation) return
  const { replicas = 1 } = spec ?? {}
  const counts = { replicas, readyReplicas: replicas, updatedReplicas: replicas, availableReplicas: replicas }
  await space.patchStatus(kind, name, { ...counts, observedGeneration: generation })
}

/** Texts of Secrets and ConfigMaps, by `object/key`. */
async function readTexts(space: PodView): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>()
  for (const { metadata, data } of await space.list('Secret')) {
    for (const key of Object.keys(data ?? {}))
      texts.set(`${metadata.name}/${key}`, secretText({ data: data ?? {} }, key) ?? '')
  }
  for (const { metadata, data } of await space.list('ConfigMap')) {
    for (const [key, text] of Object.entries(data ?? {})) texts.set(`${metadata.name}/${key}`, text)
  }
  return texts
}

async function statusOf(space: PodView, site: string): Promise<OrkStatus | null> {
  const texts = await readTexts(space)
  const rosterText = texts.get(`${site}-roster/roster.json`)
  const topic = texts.get(`${site}-topic/topic`)
  if (rosterText === undefined || topic === undefined || (await space.get('Deployment', `${site}-ork`)) === null)
    return null
  const roster = parseRoster(rosterText)
  if (roster.kind === 'problem') throw new Error(roster.message)
  return {
    version: 1,
    service: 'ork',
    publicKey: texts.get(`${site}-ork-key/publicKey`) ?? '',
    files: {
      roster: contentHash(rosterText),
      discovery: contentHash(texts.get(`${site}-discovery/discovery.json`) ?? ''),
      topic: contentHash(topic),
      admin: contentHash(texts.get(`${site}-admin/token`) ?? ''),
    },
    workers: roster.value.workers.flatMap(({ workerId, publicKey }) => {
      const list = texts.get(`${workerId}-devices/devices.json`)
      return list === undefined ? [] : [workerOf(workerId, publicKey, list)]
    }),
    strangers: [],
    diagnosis: null,
  }
}

function workerOf(workerId: string, publicKey: string, list: string): WorkerStatus {
  const devices = parseDeviceList(list)
  if (devices.kind === 'problem') throw new Error(devices.message)
  return {
    workerId,
    publicKey,
    state: 'READY',
    health: 'HEALTHY',
    driver: null,
    model: null,
    revision: deviceListRevision(list),
    devices: devices.value.map(({ id }) => id),
    unhealthy: [],
    problem: null,
  }
}

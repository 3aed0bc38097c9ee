import { type MdkRack, maxRacksOfWorker } from '../api/v1alpha1/index.ts'
import type { DeclaredDevice } from './declared-device.ts'
import { declaresRack, type WorkerReach } from './worker-reach.ts'

/** Says why no worker takes a device, and what comes nearest. `reaches` are all workers of the site. */
export function noWorkerMessage(
  site: string,
  rack: MdkRack,
  device: DeclaredDevice,
  reaches: readonly WorkerReach[],
): string {
  const { driver, model } = device.entry
  const what = model === null ? `${driver} without a model` : `${driver} ${model}`
  const sentence = `no worker of site ${site} serves ${what} in rack ${rack.metadata.name}`
  const related = reaches.filter(({ worker }) => worker.spec.driver === driver)
  if (related.length === 0) return `${sentence}; create an MdkWorker with driver ${driver}`
  const refused = related.find(({ refusedRacks }) => refusedRacks.has(rack.metadata.name))
  if (refused !== undefined)
    return `${sentence} (${refused.worker.metadata.name} has ${maxRacksOfWorker} racks already)`
  const here = related.filter(({ worker }) => declaresRack(worker, rack))
  if (here.length === 0) {
    return `${sentence} (${list(related.map(({ worker }) => worker.metadata.name))} doesn't take in this rack)`
  }
  const models = list(here.map(({ worker }) => worker.spec.model ?? 'any model'))
  return `${sentence} (there is ${models})${model === null ? '; give the device a model' : ''}`
}

function list(names: readonly string[]): string {
  const unique = [...new Set(names)].sort()
  return unique.length > 3 ? `${unique.slice(0, 3).join(', ')} and ${unique.length - 3} more` : unique.join(', ')
}

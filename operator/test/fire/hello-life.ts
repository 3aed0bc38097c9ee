import type { KubeObject } from '../../src/kube/types.ts'
import { rack, site, worker } from '../operator/declarations.ts'
import type { Space } from '../operator/lab.ts'

/** What a user does to a site, and how one tells that the operator has followed. */
export interface Chapter {
  readonly name: string
  act(space: Space): Promise<void>
  isOver(objects: readonly KubeObject[]): boolean
}

export const siteName = 'hello'
const ofSite = { driver: 'simulated' }
const devices = (count: number) => Array.from({ length: count }, (_, at) => ({ name: `miner-${at + 1}` }))

export const creation: Chapter = {
  name: 'creation',
  act: (space) =>
    space.apply(
      site(siteName),
      rack('rack-1', siteName, { ...ofSite, devices: devices(2) }),
      worker('simulated', siteName, ofSite),
    ),
  isOver: (objects) => allHave(objects, 2),
}

export const rackChange: Chapter = {
  name: 'change of a rack',
  act: (space) => space.apply(rack('rack-1', siteName, { ...ofSite, devices: devices(3) })),
  isOver: (objects) => allHave(objects, 3),
}

const outlivesItsSite = ['Secret', 'ConfigMap', 'MdkRack', 'MdkWorker']

export const deletion: Chapter = {
  name: 'deletion',
  act: (space) => space.remove('MdkSite', siteName),
  isOver: (objects) =>
    objects.every(({ kind }) => outlivesItsSite.includes(kind)) &&
    ['MdkRack', 'MdkWorker'].every((kind) => {
      const status = statusOf(objects, kind)
      return readyOf(status)?.reason === 'WaitingForSite' && status?.devices?.registered === 0
    }),
}

interface Status {
  readonly devices?: { readonly registered?: number; readonly healthy?: number }
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string }[]
}

/** Whether site, rack and worker all tell of so many devices. */
function allHave(objects: readonly KubeObject[], count: number): boolean {
  return ['MdkSite', 'MdkRack', 'MdkWorker'].every((kind) => {
    const status = statusOf(objects, kind)
    const { registered, healthy } = status?.devices ?? {}
    return readyOf(status)?.status === 'True' && registered === count && healthy === count
  })
}

function readyOf(status: Status | undefined) {
  return status?.conditions?.find(({ type }) => type === 'Ready')
}

function statusOf(objects: readonly KubeObject[], kind: string): Status | undefined {
  return objects.find((object): object is KubeObject & { status?: Status } => object.kind === kind)?.status
}

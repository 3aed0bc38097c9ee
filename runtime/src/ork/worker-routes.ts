/** Whom requests about devices and workers go to, and whether they get there. */
import type { Link } from '../net/link.ts'
import type { Route } from './modules/telemetry-collector/module.ts'
import type { Worker } from './modules/worker-registry/machine.ts'
import type { WorkerRegistry } from './modules/worker-registry/module.ts'
import type { CommandTarget, CommandTargets } from './ports/command-targets.ts'
import type { WorkerAction } from './ports/worker-channel.ts'

export interface WorkerRoutesPorts {
  readonly workers: Pick<WorkerRegistry, 'find' | 'ofDevice' | 'devicesOf'>
  readonly linkTo: (worker: Worker) => Link | undefined
  /** Undefined before the first pong on the link. */
  readonly instanceOf: (link: Link) => string | null | undefined
  readonly isTrusted: (workerId: string) => boolean
  /** Whether ORK has only now begun to dial whom it knew when it started. */
  readonly isStarting: () => boolean
  /** Whether the worker's circuit lets such a request through. */
  readonly mayPass: (workerId: string, action: WorkerAction) => boolean
}

export interface WorkerRoutes {
  /** Where to send such a request about a device. */
  readonly routeOf: (deviceId: string, action: WorkerAction) => Route | undefined
  /** The same about a worker. */
  readonly routeTo: (workerId: string, action: WorkerAction) => Route | undefined
  readonly targets: CommandTargets
}

export function createWorkerRoutes(ports: WorkerRoutesPorts): WorkerRoutes {
  const { workers, linkTo, instanceOf, isTrusted, isStarting, mayPass } = ports
  const linkOf = (worker: Worker, action: WorkerAction): Link | undefined => {
    const { workerId, state } = worker
    return state === 'READY' && isTrusted(workerId) && mayPass(workerId, action) ? linkTo(worker) : undefined
  }
  const routeVia = (worker: Worker | undefined, action: WorkerAction): Route | undefined =>
    worker === undefined ? undefined : { workerId: worker.workerId, routable: linkOf(worker, action) !== undefined }
  /**
   * A command needs to know to which instance it goes, and a pong says that: until then the worker isn't routable for it, but
   * awaited. So is a worker that was registered when ORK started, while ORK reaches for it: a restart of ORK refuses nothing.
   */
  const targetOf = (worker: Worker | undefined): CommandTarget | undefined => {
    if (worker === undefined) return undefined
    const { workerId, publicKey, contract, state, registeredAt } = worker
    const link = linkOf(worker, 'command.request')
    const instanceId = link === undefined ? undefined : instanceOf(link)
    return {
      workerId,
      routable: instanceId !== undefined,
      awaited: state === 'READY' ? link !== undefined : registeredAt !== null && isStarting(),
      instance: { publicKey, instanceId: instanceId ?? null },
      capabilities: contract?.capabilities ?? null,
    }
  }
  return {
    routeOf: (deviceId, action) => routeVia(workers.ofDevice(deviceId), action),
    routeTo: (workerId, action) => routeVia(workers.find(workerId), action),
    targets: {
      ofDevice: (deviceId) => targetOf(workers.ofDevice(deviceId)),
      find: (workerId) => targetOf(workers.find(workerId)),
      devicesOf: (workerId) => workers.devicesOf(workerId),
    },
  }
}

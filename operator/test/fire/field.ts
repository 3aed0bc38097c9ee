import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { statusPort } from '../../../runtime/src/contract/index.ts'
import type { Cluster } from '../../src/kube/load-cluster.ts'
import type { KubeObject } from '../../src/kube/types.ts'
import { clusterOf, type Lab, type Space, type Stored, startLab } from '../operator/lab.ts'
import { type PodView, standInPods } from '../operator/stand-in-pods.ts'
import { type FaultProxy, type Faults, startFaultProxy } from './fault-proxy.ts'
import { bundleOperator } from './operator-bundle.ts'
import { type OperatorProcess, type OperatorSettings, startOperatorProcess, type Workshop } from './operator-process.ts'
import { startWitness, type Witness } from './witness.ts'

/** A real API server, operators as real processes behind fault proxies, and a witness of all that is written. */
export interface Field {
  readonly witness: Witness
  /** A namespace of its own, in which the pods of a site are always as far as they can be, and the operator may have a lease. */
  ground(site: string): Promise<Space>
  startOperator(settings: Omit<OperatorSettings, 'name'>, faults?: Faults): Promise<OperatorProcess>
  /** For an operator in this process: a proxy, and the cluster that it makes of the API server. */
  startProxy(): Promise<{ readonly proxy: FaultProxy; readonly cluster: Cluster }>
  /** What the operators that run have written, for messages. */
  logs(): Promise<string>
  /** Ends the operator, and forgets it. */
  end(operator: OperatorProcess): Promise<void>
  close(): Promise<void>
}

export async function startField(): Promise<Field> {
  const folder = await mkdtemp(join(tmpdir(), 'mdk-fire-'))
  const [lab, program] = await Promise.all([startLab(), bundleOperator(folder)])
  const witness = await startWitness(lab.kubeconfig)
  const workshop: Workshop = { folder, program, token: lab.account.token }
  const running = new Set<OperatorProcess>()
  const grounds: (() => void)[] = []
  let started = 0

  async function end(operator: OperatorProcess): Promise<void> {
    operator.kill()
    running.delete(operator)
    await operator.ended
    await operator.proxy.close()
  }

  const startProxy = () => startFaultProxy({ ...lab.account, divert: (target) => divertToOrk(lab, target) })
  return {
    witness,
    end,
    logs: async () =>
      (await Promise.all([...running].map(async ({ log }) => (await log()).slice(-4_000)))).join('\n\n'),
    async ground(site) {
      const space = await lab.namespace()
      await lab.allowLease(space)
      grounds.push(keepPodsUp(lab, witness, space, site))
      return space
    },
    async startOperator(settings, faults = {}) {
      started += 1
      const proxy = await startProxy()
      proxy.faults = faults
      const operator = await startOperatorProcess(workshop, proxy, { ...settings, name: `operator-${started}` })
      running.add(operator)
      return operator
    },
    async startProxy() {
      const proxy = await startProxy()
      return { proxy, cluster: clusterOf({ ...lab.account, server: proxy.url }) }
    },
    close: async () => {
      await Promise.all([...running].map(end))
      for (const stop of grounds) stop()
      await witness.close()
      await lab.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const orkProxy = new RegExp(`^/api/v1/namespaces/([^/]+)/services/(.+)-ork:${statusPort}/proxy/`)

/** The API server would pass this on to a pod, and there are none. */
function divertToOrk({ orks }: Lab, target: string): string | null {
  const [, namespace, site] = orkProxy.exec(target) ?? []
  return namespace === undefined ? null : orks.url(`${namespace}/${site}`)
}

/** Lets the stand-in pods catch up after each change. Returns what ends that. */
function keepPodsUp({ orks }: Lab, witness: Witness, space: Space, site: string): () => void {
  const pods = standInPods(viewOf(witness, space), orks, site)
  let [due, busy, stopped] = [false, false, false]

  async function catchUp(): Promise<void> {
    busy = true
    while (due) {
      due = false
      await new Promise(setImmediate)
      // What is deleted meanwhile can't become ready; the next look is without it.
      await pods.catchUp().catch(async () => {
        due = !stopped
        await delay(retryMs)
      })
    }
    busy = false
  }

  const ignore = witness.onChange(space.name, () => {
    due = true
    if (!busy) void catchUp()
  })
  return () => {
    stopped = true
    ignore()
  }
}

const retryMs = 200

/** Reads from the witness instead of the API server. */
function viewOf(witness: Witness, { name, patchStatus }: Space): PodView {
  const list = <K extends keyof Stored>(kind: K) =>
    witness.objects(name).filter((object: KubeObject) => object.kind === kind) as unknown as Stored[K][]
  return {
    name,
    patchStatus,
    list: (kind) => Promise.resolve(list(kind)),
    get: (kind, of) => Promise.resolve(list(kind).find(({ metadata }) => metadata.name === of) ?? null),
  }
}

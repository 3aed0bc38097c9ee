import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Service } from '../contract/env.ts'

/** A registry with the metrics of the process itself: Node's defaults and `mdk_build_info{service, version}`, always 1. */
export function createRegistry(service: Service, version: string): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const buildInfo = new Gauge({
    name: 'mdk_build_info',
    help: 'Version of the runtime, as a label; always 1.',
    labelNames: ['service', 'version'],
    registers: [registry],
  })
  buildInfo.set({ service, version }, 1)
  return registry
}

import { type Component, labels, labelValues } from '../api/group.ts'

/** Labels of an object that belongs to a site. */
export function siteLabels(site: string, component: Component): Record<string, string> {
  return {
    [labels.name]: labelValues.name,
    [labels.component]: component,
    [labels.managedBy]: labelValues.managedBy,
    [labels.site]: site,
  }
}

/** Labels of an object that belongs to one shard of a worker. */
export function shardLabels(site: string, worker: string, shard: string): Record<string, string> {
  return { ...siteLabels(site, 'worker'), [labels.worker]: worker, [labels.shard]: shard }
}

/** Selects the pods of one component of a site. */
export function componentSelector(site: string, component: Component): Record<string, string> {
  return { [labels.site]: site, [labels.component]: component }
}

/** Selects the pod of one shard. */
export function shardSelector(worker: string, shard: string): Record<string, string> {
  return { [labels.worker]: worker, [labels.shard]: shard }
}

import { apiVersion, kinds, labels as labelNames } from '../../src/api/group.ts'
import type { MdkRackSpec, MdkSiteSpec, MdkWorkerSpec } from '../../src/api/v1alpha1/index.ts'

/** Custom resources as their user writes them. */

export interface Declared {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly labels?: Record<string, string>
    readonly annotations?: Record<string, string>
  }
  readonly spec?: object
}

export function site(name: string, spec?: MdkSiteSpec): Declared {
  return { apiVersion, kind: kinds.site.kind, metadata: { name }, ...(spec === undefined ? {} : { spec }) }
}

export function rack(name: string, of: string, spec: Omit<MdkRackSpec, 'siteRef'>): Declared {
  return { apiVersion, kind: kinds.rack.kind, metadata: { name }, spec: { siteRef: { name: of }, ...spec } }
}

export function worker(name: string, of: string, spec: Omit<MdkWorkerSpec, 'siteRef'>): Declared {
  return { apiVersion, kind: kinds.worker.kind, metadata: { name }, spec: { siteRef: { name: of }, ...spec } }
}

/** A Secret with texts. */
export function secret(name: string, stringData: Record<string, string>, labels: Record<string, string> = {}): object {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, labels }, stringData }
}

/** Labels of a Secret that a site is to adopt. */
export function adoptableBy(site: string): Record<string, string> {
  return { [labelNames.site]: site }
}

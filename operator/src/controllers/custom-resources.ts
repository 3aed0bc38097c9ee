import type { Condition, MdkRack, MdkSite, MdkWorker } from '../api/v1alpha1/index.ts'
import type { CustomResource } from '../kube/resource.ts'

/*
 * What the API server stores has passed the schema that our types are made of, so it isn't checked again for each event.
 */

export function parseSite(object: CustomResource): MdkSite {
  return object as unknown as MdkSite
}

export function parseWorker(object: CustomResource): MdkWorker {
  return object as unknown as MdkWorker
}

export function parseRack(object: CustomResource): MdkRack {
  return object as unknown as MdkRack
}

/** The conditions of any of the three; none before the first status. */
export function parseConditions(object: CustomResource): readonly Condition[] {
  return (object as unknown as MdkSite).status?.conditions ?? []
}

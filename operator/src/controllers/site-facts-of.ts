import { defaultDeletionPolicy, type MdkSite } from '../api/v1alpha1/index.ts'
import type { SiteFacts } from '../resources/site-facts.ts'
import type { OperandConfig } from './reconcile-ports.ts'

/** What a site's objects depend on. */
export function siteFactsOf({ metadata, spec }: MdkSite, config: OperandConfig): SiteFacts {
  return {
    name: metadata.name,
    namespace: metadata.namespace,
    uid: metadata.uid,
    deletionPolicy: spec?.deletionPolicy ?? defaultDeletionPolicy,
    image: config.runtimeImage,
    clusterDomain: config.clusterDomain,
  }
}

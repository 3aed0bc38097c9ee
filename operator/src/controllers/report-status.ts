import type { Kube } from '../kube/kube.ts'
import type { CustomResource } from '../kube/resource.ts'
import type { Status } from '../kube/status-decision.ts'
import type { StatusResult } from '../kube/status-writer.ts'
import type { FullCondition } from './conditions.ts'
import { parseConditions } from './custom-resources.ts'
import { decideTransitions } from './transitions.ts'

export interface ReportPorts {
  readonly kube: Pick<Kube, 'record' | 'writer'>
  /** The controller's name and the key. */
  readonly scope: string
  /** Key of the site that the object belongs to. */
  readonly siteKey: string
}

/** Writes an object's status and, once it is written, tells by events what is worth telling of the change. */
export async function reportStatus(
  { kube, scope, siteKey }: ReportPorts,
  object: CustomResource,
  status: Status & { readonly conditions: readonly FullCondition[] },
  signal: AbortSignal,
): Promise<StatusResult> {
  const result = await kube.writer(scope, signal).writeStatus(object, status, siteKey)
  if (result.kind === 'written') {
    for (const event of decideTransitions(parseConditions(object), status.conditions)) {
      kube.record({ regarding: object, ...event })
    }
  }
  return result
}

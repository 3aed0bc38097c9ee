import { siteObjectNames } from '../api/v1alpha1/index.ts'
import type { Secret } from '../kube/types.ts'
import { siteLabels } from './object-labels.ts'
import { ownedBySite } from './owned-by.ts'
import { secret } from './secret.ts'
import type { SiteFacts } from './site-facts.ts'

/** Bearer tokens of App Node, one a line. */
export interface AppNodeTokens {
  readonly read: string
  readonly command: string
}

/** Who may use App Node. */
export function desiredTokensSecret(site: SiteFacts, { read, command }: AppNodeTokens): Secret {
  return secret(
    {
      name: siteObjectNames(site.name).tokensSecret,
      namespace: site.namespace,
      labels: siteLabels(site.name, 'app-node'),
      ownerReferences: ownedBySite(site),
    },
    { read, command },
  )
}

/** The token with which the operator reads the status of the site's processes. */
export function desiredAdminSecret(site: SiteFacts, token: string): Secret {
  return secret(
    {
      name: siteObjectNames(site.name).adminSecret,
      namespace: site.namespace,
      labels: siteLabels(site.name, 'ork'),
      ownerReferences: ownedBySite(site),
    },
    { token },
  )
}

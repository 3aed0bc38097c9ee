import { siteObjectNames } from '../api/v1alpha1/index.ts'
import type { Secret } from '../kube/types.ts'
import { secret } from './secret.ts'
import type { SiteFacts } from './site-facts.ts'
import { siteObjectMeta } from './site-object-meta.ts'

/** Bearer tokens of App Node, one a line. */
export interface AppNodeTokens {
  readonly read: string
  readonly command: string
}

/** Who may use App Node. */
export function desiredTokensSecret(site: SiteFacts, { read, command }: AppNodeTokens): Secret {
  return secret(siteObjectMeta(site, siteObjectNames(site.name).tokensSecret, 'app-node'), { read, command })
}

/** The token with which the operator reads the status of the site's processes. */
export function desiredAdminSecret(site: SiteFacts, token: string): Secret {
  return secret(siteObjectMeta(site, siteObjectNames(site.name).adminSecret, 'ork'), { token })
}

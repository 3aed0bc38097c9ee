import { type OrkStatus, statusPaths, statusPort } from '../../../runtime/src/contract/index.ts'
import { forward } from './app-node.ts'
import { secretValue } from './kube.ts'

/** The token that opens the status of a site's processes. */
export function adminToken(namespace: string, site: string): Promise<string> {
  return secretValue(namespace, `${site}-admin`, 'token')
}

/** What the ORK of a site says. */
export async function readOrkStatus(namespace: string, site: string): Promise<OrkStatus> {
  const token = await adminToken(namespace, site)
  const { url, close } = await forward(namespace, `service/${site}-ork`, statusPort)
  try {
    const response = await fetch(`${url}${statusPaths.status}`, { headers: { authorization: `Bearer ${token}` } })
    if (response.status !== 200) throw new Error(`ORK of ${site} answered its status request with ${response.status}`)
    return (await response.json()) as OrkStatus
  } finally {
    close()
  }
}

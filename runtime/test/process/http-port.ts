import { statusPaths } from '../../src/contract/endpoints.ts'
import { adminToken, type SiteProcess } from '../discovery/process-site.ts'

/** Where an App Node serves its API, as soon as it does. */
export async function httpPortOf({ statusPort }: SiteProcess): Promise<number> {
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${statusPort}${statusPaths.status}`, {
      headers: { authorization: `Bearer ${adminToken}` },
    })
    const { detail } = (await response.json()) as { readonly detail: { readonly port?: number } }
    if (detail.port !== undefined) return detail.port
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

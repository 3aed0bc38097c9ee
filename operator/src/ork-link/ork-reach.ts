import { Agent, request } from 'undici'
import { statusPaths, statusPort, statusTokenHeader, watchWithDiagnosis } from '../../../runtime/src/contract/index.ts'
import { siteObjectNames } from '../api/v1alpha1/names.ts'
import type { Transport } from '../kube/transport.ts'

export interface SiteName {
  readonly namespace: string
  readonly name: string
}

/** The way to the ORK of a site. */
export interface OrkReach {
  /** Opens ORK's status stream. Rejects if it isn't there or refuses the token. */
  open(site: SiteName, token: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>
  /** Idempotent. */
  close(): Promise<void>
}

const answersWithinMs = 5_000

/** Inside the cluster: by the name of its Service. */
export function reachByService(): OrkReach {
  const agent = new Agent({ connect: { timeout: answersWithinMs } })
  return {
    async open({ namespace, name }, token, signal) {
      const url = `http://${siteObjectNames(name).ork}.${namespace}.svc:${statusPort}${statusPaths.status}?watch=${watchWithDiagnosis}`
      const { statusCode, body } = await request(url, {
        dispatcher: agent,
        signal,
        // A connection made before the Service had its rules may have gone elsewhere; kept, it would take every later request there.
        reset: true,
        headers: { authorization: `Bearer ${token}` },
        headersTimeout: answersWithinMs,
        bodyTimeout: 0,
      })
      if (statusCode === 200) return body
      await body.dump()
      throw new Error(`ORK of site ${namespace}/${name} answered its status request with ${statusCode}`)
    },
    close: () => agent.destroy(),
  }
}

/**
 * Outside the cluster: through the API server's proxy. That takes the Authorization header away, since it is how we are
 * let in there; the token goes in a header of its own.
 */
export function reachByProxy(transport: Transport): OrkReach {
  return {
    open({ namespace, name }, token, signal) {
      const service = `${siteObjectNames(name).ork}:${statusPort}`
      return transport.stream({
        method: 'GET',
        path: `/api/v1/namespaces/${namespace}/services/${service}/proxy${statusPaths.status}`,
        query: { watch: watchWithDiagnosis },
        headers: { [statusTokenHeader]: token },
        timeoutMs: answersWithinMs,
        signal,
      })
    },
    close: () => Promise.resolve(),
  }
}

/** UDP port of a pod for the DHT and for RPC, bound to the pod's IPv4 address. */
export const dhtPort = 49737
/** TCP port of probes, metrics and status in every process. */
export const statusPort = 8080
/** TCP port of App Node. */
export const appNodePort = 3000

/** Paths on `statusPort`. The first three are open; status needs the admin token as bearer. */
export const statusPaths = {
  /** 200 while the event loop turns. Never depends on a peer. */
  live: '/livez',
  /** 200 when the process can do its work by itself (store open, server listening). Never depends on a peer. */
  ready: '/readyz',
  /** Prometheus metrics. */
  metrics: '/metrics',
  /** One JSON document, or with `?watch` newline-delimited JSON (see `status.ts`). */
  status: '/v1/status',
} as const

/**
 * Second place for the admin token on a status request. A Kubernetes API server that proxies a request takes the
 * Authorization header away, so a reader outside the cluster sends the token here.
 */
export const statusTokenHeader = 'x-mdk-token'

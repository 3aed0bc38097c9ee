/** UDP port of a pod for the DHT and for RPC, bound to the pod's IPv4 address. */
export const dhtPort = 49737
/** TCP port of probes, metrics and status in every process. */
export const statusPort = 8080
/** TCP port of App Node. */
export const appNodePort = 3000

/** Paths on `statusPort`. The first three are open; the others need the admin token as bearer. */
export const statusPaths = {
  /** 200 while the event loop turns. Never depends on a peer. */
  live: '/livez',
  /** 200 when the process can do its work by itself (store open, server listening). Never depends on a peer. */
  ready: '/readyz',
  /** Prometheus metrics. */
  metrics: '/metrics',
  /** Who the process is: `{service, publicKey}`, a status for those who ask often or all at once. */
  identity: '/v1/identity',
  /** One JSON document, or with `?watch` newline-delimited JSON (see `status.ts`). */
  status: '/v1/status',
} as const

/**
 * Value of `?watch` with which a reader says that it knows the line `diagnosis`. Whoever doesn't say so gets a snapshot in
 * its place: a reader of an earlier release would take an unknown line for a broken stream.
 */
export const watchWithDiagnosis = 'diagnosis'

/**
 * Second place for the admin token on a status request. A Kubernetes API server that proxies a request takes the
 * Authorization header away, so a reader outside the cluster sends the token here.
 */
export const statusTokenHeader = 'x-mdk-token'

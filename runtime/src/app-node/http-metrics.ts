import { Gauge, Histogram, type Registry } from 'prom-client'

export interface HttpMetrics {
  /** Counts a response; `route` is the pattern, never the path, so that the number of series is bounded. */
  onResponse(response: {
    readonly method: string
    readonly route: string
    readonly status: number
    readonly durationMs: number
  }): void
}

/** Registers `mdk_app_node_http_request_duration_seconds` and `mdk_app_node_ork_connected` (1 or 0, as found at each scrape). */
export function registerMetrics(registry: Registry, orkConnected: () => boolean): HttpMetrics {
  const durations = new Histogram({
    name: 'mdk_app_node_http_request_duration_seconds',
    help: 'Time from the request to the end of its response.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.025, 0.1, 0.25, 1, 5, 30],
    registers: [registry],
  })
  new Gauge({
    name: 'mdk_app_node_ork_connected',
    help: 'Whether App Node has a connection to ORK.',
    registers: [registry],
    collect() {
      this.set(orkConnected() ? 1 : 0)
    },
  })
  return {
    onResponse: ({ method, route, status, durationMs }) =>
      durations.observe({ method, route, status: String(status) }, durationMs / 1000),
  }
}

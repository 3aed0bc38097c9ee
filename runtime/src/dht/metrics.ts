import { Gauge, type Registry } from 'prom-client'

/** Registers `mdk_dht_answers`: 1 or 0, as found at each scrape. */
export function registerMetrics(registry: Registry, answers: () => boolean): void {
  new Gauge({
    name: 'mdk_dht_answers',
    help: 'Whether the node answers at its own address: 1 or 0.',
    registers: [registry],
    collect() {
      this.set(answers() ? 1 : 0)
    },
  })
}

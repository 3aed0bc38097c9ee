/**
 * How fast ORK is, what it takes, and what it leaves behind: ORK, workers and clients in processes of their own, on a private DHT
 * on loopback. Rates stand beside those of the plain library between two processes, by turns with it.
 */
import { loadavg } from 'node:os'
import { endurance } from './ork/endurance.ts'
import { type Figure, type FigureName, figureNames, formatFigures, formatJson } from './ork/figures.ts'
import { idle } from './ork/idle.ts'
import { scale } from './ork/scale.ts'
import type { BenchOptions, Scenario } from './ork/scenario.ts'
import { throughClient } from './ork/through-client.ts'
import { throughput } from './ork/throughput.ts'
import type { Output } from './report.ts'

const scenarios: readonly Scenario[] = [throughput, throughClient, scale, endurance, idle]

/** Measures the figures of these names; all if there are none. */
export async function benchOrk(options: BenchOptions, only: readonly FigureName[]): Promise<Output> {
  const wanted = new Set(only.length === 0 ? figureNames : only)
  const measured: Figure[] = []
  for (const scenario of scenarios) {
    const names = scenario.names.filter((name) => wanted.has(name))
    if (names.length > 0) measured.push(...(await measure(scenario, options, names)))
  }
  const figures = figureNames.flatMap((name) => measured.filter((figure) => figure.name === name && wanted.has(name)))
  const load = loadavg()
    .map((value) => value.toFixed(1))
    .join(' ')
  return {
    text: formatFigures(`ork: figures beside the plain library's of the same minute (load ${load})`, figures),
    json: figures.map(formatJson),
  }
}

/** What can't be measured is told, and doesn't keep the rest from being measured. */
async function measure(
  scenario: Scenario,
  options: BenchOptions,
  names: readonly FigureName[],
): Promise<readonly Figure[]> {
  try {
    return await scenario.measure(options, new Set(names))
  } catch (error) {
    const [note = ''] = String(error).split('\n')
    options.say(String(error instanceof Error ? error.stack : error))
    return names.map((name) => ({ name, value: null, reference: null, note: `not measured: ${note}` }))
  }
}

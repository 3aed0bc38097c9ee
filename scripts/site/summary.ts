import { z } from 'zod'
import { demo } from './demo-site.ts'
import { getJson, type KubectlTarget } from './kubectl.ts'

const condition = z.object({ type: z.string(), status: z.string(), reason: z.string() })
const object = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string() }),
  status: z
    .object({
      devices: z.record(z.string(), z.int()).optional(),
      conditions: z.array(condition).optional(),
    })
    .optional(),
})
const list = z.object({ items: z.array(object) })

/** One row of the table: a site, a worker or a rack. */
export interface SummaryRow {
  readonly kind: string
  readonly name: string
  readonly ready: string
  readonly reason: string
  readonly devices: Readonly<Record<string, number>>
}

export async function observeSummary(target: KubectlTarget): Promise<readonly SummaryRow[]> {
  const seen = list.parse(await getJson(target, ['-n', demo.namespace, 'mdksites,mdkworkers,mdkracks']))
  return seen.items.map(({ kind, metadata, status }) => {
    const ready = status?.conditions?.find(({ type }) => type === 'Ready')
    return {
      kind,
      name: metadata.name,
      ready: ready?.status ?? 'Unknown',
      reason: ready?.reason ?? '',
      devices: status?.devices ?? {},
    }
  })
}

export function formatSummary(rows: readonly SummaryRow[]): string {
  const columns = ['declared', 'assigned', 'registered', 'healthy']
  const table = [
    ['KIND', 'NAME', 'READY', 'REASON', ...columns.map((name) => name.toUpperCase())],
    ...rows.map((row) => [
      row.kind,
      row.name,
      row.ready,
      row.reason,
      ...columns.map((name) => (row.devices[name] === undefined ? '-' : String(row.devices[name]))),
    ]),
  ]
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0)))
  return table.map((cells) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n')
}

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { GeneratedFile } from '../generated-file.ts'
import { editRules, rulesOf, viewRules } from '../roles.ts'
import { formatYaml } from '../yaml.ts'
import { formatSchema, formatValuesSchema, formatValuesTable, formatValuesYaml } from './format-values.ts'
import { type SiteCrds, siteValuesSchema } from './site-schema.ts'
import { formatCrdTemplate, formatRules } from './template.ts'
import { values } from './values.ts'

const operator = 'charts/mdk-operator'
const site = 'charts/mdk-site'
/** The oldest Kubernetes whose API server takes the CRDs as they are. */
const kubeVersion = '>=1.33.0-0'
const packageFile = z.object({ version: z.string() })

/** What of the charts follows from the source: CRDs, rules, version, settings and their table. Templates are written by hand. */
export async function generateCharts(root: string, crds: SiteCrds): Promise<readonly GeneratedFile[]> {
  const { version } = packageFile.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')))
  const readme = await readFile(join(root, operator, 'README.md'), 'utf8')
  const rules = { sites: rulesOf('watched'), own: rulesOf('own'), view: viewRules, edit: editRules }
  const operatorChart = desiredChart('mdk-operator', version, 'The operator that runs Bitcoin mining sites')
  const siteChart = desiredChart('mdk-site', version, 'A Bitcoin mining site with its racks and workers')
  return [
    { path: `${operator}/Chart.yaml`, content: formatYaml(operatorChart) },
    { path: `${operator}/values.yaml`, content: formatValuesYaml(values) },
    { path: `${operator}/values.schema.json`, content: formatValuesSchema('Values of mdk-operator', values) },
    { path: `${operator}/README.md`, content: withTable(readme, formatValuesTable(values)) },
    { path: `${operator}/templates/_rules.tpl`, content: formatRules(rules) },
    ...[crds.site, crds.worker, crds.rack].map((crd) => ({
      path: `${operator}/templates/crds/${crd.metadata.name}.yaml`,
      content: formatCrdTemplate(crd),
    })),
    { path: `${site}/Chart.yaml`, content: formatYaml(siteChart) },
    { path: `${site}/values.schema.json`, content: formatSchema('Values of mdk-site', siteValuesSchema(crds)) },
  ]
}

function desiredChart(name: string, version: string, description: string) {
  return {
    apiVersion: 'v2',
    name,
    description,
    type: 'application',
    version,
    appVersion: version,
    kubeVersion,
    keywords: ['mdk', 'mining', 'bitcoin'],
    annotations: { 'artifacthub.io/license': 'Apache-2.0' },
  }
}

const tableBegins = '<!-- values: written by `npm run generate` from scripts/generate/chart/values.ts -->\n'
const tableEnds = '<!-- end of values -->'

/** Throws if the page has no place for the table. */
function withTable(page: string, table: string): string {
  const [before, rest = ''] = page.split(tableBegins, 2)
  const after = rest.split(tableEnds, 2)[1]
  if (before === undefined || after === undefined) {
    throw new Error(`${operator}/README.md needs the lines "${tableBegins.trim()}" and "${tableEnds}"`)
  }
  return `${before}${tableBegins}${table}\n${tableEnds}${after}`
}

import { rackResource, siteResource, workerResource } from '../../operator/src/api/v1alpha1/index.ts'
import { generateArgoConfig } from './argocd.ts'
import { generateCharts } from './chart/chart-files.ts'
import { desiredCrd } from './crd.ts'
import { generateDemoSite } from './demo-site.ts'
import type { GeneratedFile } from './generated-file.ts'
import { desiredInstall } from './install.ts'
import { formatConditions } from './reference/conditions.ts'
import { formatDiagnoses, formatEnv, formatErrors, formatFiles, formatPorts } from './reference/contract.ts'
import { formatDrivers } from './reference/drivers.ts'
import { formatHttp } from './reference/http.ts'
import { formatKinds } from './reference/kinds.ts'
import { formatLabels } from './reference/labels.ts'
import { formatMetrics } from './reference/metrics.ts'
import { formatRbac } from './reference/rbac.ts'
import { structuralProblems } from './structural-schema.ts'
import { formatYaml } from './yaml.ts'

/** Folders in which every file is generated, so that one too many is a difference too. */
export const generatedFolders = ['crds', 'docs/reference', 'charts/mdk-operator/templates/crds'] as const

/** Every generated file of the repository. Throws if a schema is not one that the API server would take. */
export async function generateAll(root: string): Promise<readonly GeneratedFile[]> {
  const crdOf = {
    site: desiredCrd(siteResource),
    worker: desiredCrd(workerResource),
    rack: desiredCrd(rackResource),
  }
  const crds = Object.values(crdOf)
  const problems = crds.flatMap(({ metadata, spec }) =>
    spec.versions.flatMap(({ schema }) =>
      structuralProblems(schema.openAPIV3Schema).map((text) => `${metadata.name}: ${text}`),
    ),
  )
  if (problems.length > 0) throw new Error(`schemas are not structural:\n${problems.join('\n')}`)
  return [
    ...crds.map((crd) => ({ path: `crds/${crd.metadata.name}.yaml`, content: formatYaml(crd) })),
    { path: 'manifests/install.yaml', content: formatYaml(...desiredInstall(crds)) },
    await generateArgoConfig(root),
    ...(await generateCharts(root, crdOf)),
    ...(await generateDemoSite(root)),
    { path: 'docs/reference/kinds.md', content: formatKinds(crds) },
    { path: 'docs/reference/conditions.md', content: formatConditions() },
    { path: 'docs/reference/diagnoses.md', content: formatDiagnoses() },
    { path: 'docs/reference/env.md', content: formatEnv(root) },
    { path: 'docs/reference/ports.md', content: formatPorts(root) },
    { path: 'docs/reference/errors.md', content: formatErrors() },
    { path: 'docs/reference/drivers.md', content: await formatDrivers() },
    { path: 'docs/reference/http.md', content: formatHttp() },
    { path: 'docs/reference/files.md', content: formatFiles(root) },
    { path: 'docs/reference/labels.md', content: formatLabels(root) },
    { path: 'docs/reference/metrics.md', content: formatMetrics() },
    { path: 'docs/reference/rbac.md', content: formatRbac() },
  ]
}

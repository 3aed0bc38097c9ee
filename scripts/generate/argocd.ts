import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { group, kinds } from '../../operator/src/api/group.ts'
import type { GeneratedFile } from './generated-file.ts'
import { formatYaml } from './yaml.ts'

const folder = 'manifests/argocd'

/**
 * The health rule of our kinds as keys of Argo CD's ConfigMap, to be merged into the one that is there. A key for each
 * kind, since one for all (`mdk.io/*` below `resource.customizations`) would replace what others have under it.
 */
export async function generateArgoConfig(root: string): Promise<GeneratedFile> {
  const rule = await readFile(join(root, folder, 'health.lua'), 'utf8')
  const config = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'argocd-cm', namespace: 'argocd' },
    data: Object.fromEntries(
      Object.values(kinds).map(({ kind }) => [`resource.customizations.health.${group}_${kind}`, rule]),
    ),
  }
  return { path: `${folder}/argocd-cm.yaml`, content: formatYaml(config) }
}

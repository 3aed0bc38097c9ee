import { z } from 'zod'
import { getJson, type KubectlTarget, kubectl } from './kubectl.ts'
import { operatorNamespace } from './operator-install.ts'

const sites = z.object({
  items: z.array(z.object({ metadata: z.object({ namespace: z.string(), name: z.string() }) })),
})

/** Every MdkSite of the cluster, as `NAMESPACE/NAME`; none where the kind isn't known. */
export async function listSites(target: KubectlTarget): Promise<string[]> {
  const known = await kubectl(target, ['get', 'crd', 'mdksites.mdk.io', '--ignore-not-found', '-o', 'name'])
  if (known === '') return []
  const { items } = sites.parse(await getJson(target, ['mdksites', '--all-namespaces']))
  return items.map(({ metadata: { namespace, name } }) => `${namespace}/${name}`)
}

/** Whether the operator that is there is a Helm release, which nobody else may change. */
export async function isFromHelm(target: KubectlTarget): Promise<boolean> {
  const selector = 'app.kubernetes.io/managed-by=Helm,app.kubernetes.io/component=operator'
  return (await kubectl(target, ['-n', operatorNamespace, 'get', 'deployments', '-l', selector, '-o', 'name'])) !== ''
}

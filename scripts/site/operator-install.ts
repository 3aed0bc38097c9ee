import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dump, loadAll } from 'js-yaml'
import type { Images } from './images.ts'
import { type KubectlTarget, kubectl } from './kubectl.ts'

/** Where `manifests/install.yaml` puts the operator. */
export const operatorNamespace = 'mdk-system'

/** Applies the plain install with the images of this tree, and waits until the operator serves. */
export async function installOperator(target: KubectlTarget, root: string, images: Images): Promise<void> {
  const text = await readFile(join(root, 'manifests/install.yaml'), 'utf8')
  const manifests = withImages(text, images)
  const isCrd = (object: unknown) => kindOf(object) === 'CustomResourceDefinition'
  await apply(target, manifests.filter(isCrd))
  await kubectl(target, [
    'wait',
    '--for=condition=Established',
    'crd',
    '-l',
    'app.kubernetes.io/name=mdk',
    '--timeout=60s',
  ])
  await apply(
    target,
    manifests.filter((object) => !isCrd(object)),
  )
  await kubectl(target, ['-n', operatorNamespace, 'rollout', 'status', 'deployment/mdk-operator', '--timeout=180s'])
}

/** Takes away what `installOperator` put there; the custom resources go first, while the operator still runs. */
export async function uninstallOperator(target: KubectlTarget, root: string): Promise<void> {
  const text = await readFile(join(root, 'manifests/install.yaml'), 'utf8')
  await kubectl(target, ['delete', '--ignore-not-found', '--wait=true', '-f', '-'], text)
}

/** Applies objects server-side as the person at the keyboard. */
export async function apply(target: KubectlTarget, objects: readonly unknown[]): Promise<void> {
  const text = objects.map((object) => dump(object)).join('---\n')
  await kubectl(target, ['apply', '--server-side', '--force-conflicts', '-f', '-'], text)
}

/** The objects of a manifest with the placeholders `mdk-operator` and `mdk-runtime` (any tag) replaced. */
export function withImages(manifest: string, images: Images): unknown[] {
  const replaced = (text: string) => {
    if (/^mdk-operator(:[\w.-]+)?$/.test(text)) return images.operator
    if (/^mdk-runtime(:[\w.-]+)?$/.test(text)) return images.runtime
    return text
  }
  const walk = (value: unknown, key?: string): unknown => {
    if (typeof value === 'string') return key === 'image' || key === 'value' ? replaced(value) : value
    if (Array.isArray(value)) return value.map((item) => walk(item))
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, walk(item, name)]))
    }
    return value
  }
  return loadAll(manifest).map((object) => walk(object))
}

function kindOf(object: unknown): unknown {
  return typeof object === 'object' && object !== null && 'kind' in object ? object.kind : undefined
}

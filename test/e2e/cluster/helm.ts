import { ensureGoProgram } from './go-program.ts'
import type { Progress } from './progress.ts'

/** The Helm that the chart is proven with, and the checker of its manifests. */
const HELM_VERSION = 'v4.3.1'
const KUBECONFORM_VERSION = 'v0.8.0'

/** Path of helm. */
export function ensureHelm(progress: Progress): Promise<string> {
  return ensureGoProgram({ name: 'helm', package: 'helm.sh/helm/v4/cmd/helm', version: HELM_VERSION }, progress)
}

/** Path of kubeconform, which checks manifests against JSON schemas. */
export function ensureKubeconform(progress: Progress): Promise<string> {
  const source = 'github.com/yannh/kubeconform/cmd/kubeconform'
  return ensureGoProgram({ name: 'kubeconform', package: source, version: KUBECONFORM_VERSION }, progress)
}

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '../e2e/cluster/command.ts'
import { KUBERNETES_VERSION } from '../e2e/cluster/pinned-versions.ts'

export interface Certificates {
  /** Folder with the files of ca, apiserver and sa, as kubeadm names them. */
  pki: string
  /** Kubeconfig of a cluster administrator, by client certificate. */
  admin: string
  /** Kubeconfig of kube-controller-manager. */
  controllerManager: string
  /** What is in the administrator's kubeconfig, as PEM. */
  adminTls: { ca: string; cert: string; key: string }
}

/** Makes the keys, certificates and kubeconfigs of an API server on 127.0.0.1, as kubeadm makes them for a cluster. */
export async function createCertificates(kubernetes: string, directory: string, port: number): Promise<Certificates> {
  const pki = join(directory, 'pki')
  await mkdir(pki, { recursive: true })
  const config = join(directory, 'kubeadm.yaml')
  await writeFile(config, kubeadmConfig(pki, port))
  const phase = (...args: string[]) =>
    runCommand(kubernetes, ['kubeadm', 'init', 'phase', ...args, '--config', config], { timeoutMs: 60_000 })
  await phase('certs', 'ca')
  await Promise.all([phase('certs', 'apiserver'), phase('certs', 'sa')])
  await Promise.all([
    phase('kubeconfig', 'super-admin', '--kubeconfig-dir', directory),
    phase('kubeconfig', 'controller-manager', '--kubeconfig-dir', directory),
  ])
  const [admin, controllerManager] = [join(directory, 'super-admin.conf'), join(directory, 'controller-manager.conf')]
  // kubeadm lets the controller manager speak to the address that it advertises, which is none here.
  const text = await readFile(controllerManager, 'utf8')
  await writeFile(controllerManager, text.replace(/server: https:.*/, `server: https://127.0.0.1:${port}`))
  return { pki, admin, controllerManager, adminTls: parseTls(await readFile(admin, 'utf8')) }
}

function parseTls(kubeconfig: string): Certificates['adminTls'] {
  const pem = (name: string) => {
    const encoded = new RegExp(`${name}: (\\S+)`).exec(kubeconfig)?.[1]
    if (encoded === undefined) throw new Error(`the kubeconfig that kubeadm wrote has no ${name}`)
    return Buffer.from(encoded, 'base64').toString()
  }
  return {
    ca: pem('certificate-authority-data'),
    cert: pem('client-certificate-data'),
    key: pem('client-key-data'),
  }
}

/** The advertised address is from a range for documentation: kubeadm wants one that isn't loopback, and nobody dials it. */
function kubeadmConfig(pki: string, port: number): string {
  const documents = [
    {
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      kind: 'InitConfiguration',
      localAPIEndpoint: { advertiseAddress: '192.0.2.2', bindPort: port },
      nodeRegistration: { name: 'bare' },
    },
    {
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      kind: 'ClusterConfiguration',
      kubernetesVersion: KUBERNETES_VERSION,
      encryptionAlgorithm: 'ECDSA-P256',
      certificatesDir: pki,
      controlPlaneEndpoint: `127.0.0.1:${port}`,
      apiServer: { certSANs: ['localhost', '127.0.0.1'] },
    },
  ]
  return documents.map((document) => JSON.stringify(document)).join('\n---\n')
}

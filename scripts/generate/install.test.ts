import { expect, test } from 'vitest'
import { parseConfig } from '../../operator/src/config.ts'
import { desiredInstall } from './install.ts'

interface Deployment {
  kind: string
  spec: { template: { spec: { containers: { env: EnvVar[]; ports: { containerPort: number }[] }[] } } }
}
interface EnvVar {
  name: string
  value?: string
  valueFrom?: { fieldRef: { fieldPath: string } }
}

const fields: Readonly<Record<string, string>> = { 'metadata.name': 'a-pod', 'metadata.namespace': 'a-namespace' }

test('the operator reads its settings of the plain install as they are meant', () => {
  const deployment = desiredInstall([]).find(
    (object): object is Deployment => (object as Deployment).kind === 'Deployment',
  )
  const container = deployment?.spec.template.spec.containers[0]
  const given = (container?.env ?? []).map(({ name, value, valueFrom }): [string, string | undefined] => [
    name,
    value ?? fields[valueFrom?.fieldRef.fieldPath ?? ''],
  ])
  const environment = { KUBERNETES_SERVICE_HOST: '10.96.0.1', ...Object.fromEntries<string | undefined>(given) }
  expect(parseConfig([], environment, 'a-host')).toMatchObject({
    runtimeImage: 'mdk-runtime:dev',
    namespaces: 'all',
    leaderElection: { namespace: 'a-namespace', identity: 'a-pod' },
    port: container?.ports[0]?.containerPort,
    logLevel: 'info',
    inCluster: true,
  })
})

import { describe, expect, test } from 'vitest'
import { parseConfig } from './config.ts'

const image = { MDK_RUNTIME_IMAGE: 'runtime:1' }
const pod = { ...image, KUBERNETES_SERVICE_HOST: '10.0.0.1', POD_NAMESPACE: 'mdk-system', POD_NAME: 'operator-1' }

describe('the configuration', () => {
  test('in a pod needs the image alone', () => {
    expect(parseConfig([], pod, 'host')).toEqual({
      runtimeImage: 'runtime:1',
      namespaces: 'all',
      leaderElection: { namespace: 'mdk-system', identity: 'operator-1' },
      port: 8080,
      logLevel: 'info',
      clusterDomain: 'cluster.local',
      inCluster: true,
      kubeconfigPaths: [],
      context: null,
    })
  })

  test('outside a cluster uses the kubeconfig of the user, and is alone', () => {
    const config = parseConfig([], { ...image, HOME: '/home/me' }, 'host')
    expect(config).toMatchObject({ inCluster: false, kubeconfigPaths: ['/home/me/.kube/config'], leaderElection: null })
  })

  test('flags go before variables, and lists are split', () => {
    const args = ['--runtime-image=runtime:2', '--namespaces', ' a, b,a,', '--kubeconfig=/x:/y', '--context=kind']
    expect(parseConfig(args, pod, 'host')).toMatchObject({
      runtimeImage: 'runtime:2',
      namespaces: ['a', 'b'],
      inCluster: false,
      kubeconfigPaths: ['/x', '/y'],
      context: 'kind',
    })
  })

  test('a process without a name in the lease is called as its host', () => {
    const environment = { ...pod, POD_NAME: '', MDK_LEADER_ELECTION: 'true' }
    expect(parseConfig([], environment, 'host').leaderElection).toEqual({ namespace: 'mdk-system', identity: 'host' })
  })

  test('all that is wrong is said at once, each with what to do', () => {
    const environment = { MDK_PORT: '80800', LOG_LEVEL: 'loud', MDK_LEADER_ELECTION: 'yes' }
    expect(() => parseConfig([], environment, 'host')).toThrow(
      [
        '--runtime-image (or MDK_RUNTIME_IMAGE) is missing: give the image that sites run',
        '--leader-election (or MDK_LEADER_ELECTION) must be true or false',
        '--port (or MDK_PORT) must be a port, 0 to 65535',
        '--log-level (or LOG_LEVEL) must be one of debug, info, warn, error',
      ].join('\n'),
    )
  })

  test('leader election without a namespace for the lease is wrong', () => {
    expect(() => parseConfig(['--leader-election=true'], image, 'host')).toThrow(
      '--lease-namespace (or POD_NAMESPACE) is missing',
    )
  })

  test('an unknown flag is answered with those there are', () => {
    expect(() => parseConfig(['--runtime-imag=x'], image, 'host')).toThrow(
      /--runtime-image \(MDK_RUNTIME_IMAGE\): image of/,
    )
  })
})

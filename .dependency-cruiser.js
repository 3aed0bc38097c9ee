// The import law: who may know whom. docs/architecture.md explains it.
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: '\\.test\\.ts$|-suite\\.ts$|/test/' },
  to: { path: '^(operator|runtime|scripts|test)/', pathNot: allowed },
})
const keeper = (name, packages, home, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: '^(operator|runtime)/', pathNot: home },
  to: { path: `node_modules/(${packages})/` },
})

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-test-in-source',
      severity: 'error',
      from: { path: '^(operator|runtime)/src/', pathNot: '\\.test\\.ts$|-suite\\.ts$' },
      to: { path: '\\.test\\.ts$|-suite\\.ts$|/test/' },
    },
    only(
      'operator-knows-the-contract',
      '^operator/src/',
      '^operator/src/|^runtime/src/contract/',
      'The runtime is a product to the operator: env, files, ports, status.',
    ),
    only('runtime-knows-no-operator', '^runtime/src/', '^runtime/(src/|package\\.json$)', 'The runtime runs anywhere.'),
    only('api-is-a-leaf', '^operator/src/api/', '^operator/src/api/|^runtime/src/contract/'),
    only('engine-is-a-leaf', '^operator/src/engine/', '^operator/src/engine/'),
    only('kube', '^operator/src/kube/', '^operator/src/(kube|engine|api)/'),
    only(
      'resources-are-pure',
      '^operator/src/resources/',
      '^operator/src/(resources|api)/|^operator/src/kube/types\\.ts$|^runtime/src/contract/',
    ),
    only('assignment-is-pure', '^operator/src/assignment/', '^operator/src/(assignment|api)/|^runtime/src/contract/'),
    only('contract-is-a-leaf', '^runtime/src/contract/', '^runtime/src/contract/'),
    only('protocol', '^runtime/src/protocol/', '^runtime/src/(protocol|contract)/'),
    only('machine-is-a-leaf', '^runtime/src/machine/', '^runtime/src/machine/'),
    only('net', '^runtime/src/net/', '^runtime/src/(net|contract|machine)/'),
    only('storage', '^runtime/src/storage/', '^runtime/src/(storage|contract|machine)/'),
    only(
      'doctor',
      '^runtime/src/doctor/',
      '^runtime/src/((doctor|contract|machine|net|storage|process)/|config\\.ts$|log\\.ts$)',
      'It looks at processes; none of them is part of it.',
    ),
    only(
      'checks-look-through-instruments',
      '^runtime/src/doctor/checks/',
      '^runtime/src/(doctor/(check|diagnoses|host-port|patient)\\.ts$|contract/|net/(dht-probe|resolve-host)\\.ts$|storage/probe-folder\\.ts$)',
      'What a check does not get as an instrument it cannot disturb.',
    ),
    {
      name: 'checks-are-strangers',
      comment: 'Which check needs which is data; the runner joins them.',
      severity: 'error',
      from: { path: '^runtime/src/doctor/checks/', pathNot: '\\.test\\.ts$' },
      to: { path: '^runtime/src/doctor/checks/' },
    },
    only('drivers', '^runtime/src/drivers/', '^runtime/src/(drivers|contract|machine)/'),
    only(
      'ork-modules',
      '^runtime/src/ork/modules/',
      '^runtime/src/(ork/modules|ork/ports|machine|contract|protocol|storage/(store|journal/journal)\\.ts|net/link\\.ts)',
    ),
    {
      name: 'ork-modules-are-strangers',
      comment: 'ork/app.ts joins the modules; no module knows a sibling.',
      severity: 'error',
      from: { path: '^runtime/src/ork/modules/([^/]+)/' },
      to: { path: '^runtime/src/ork/modules/', pathNot: '^runtime/src/ork/modules/$1/' },
    },
    {
      name: 'programs-are-strangers',
      comment: 'ORK, worker, App Node and DHT node meet on the wire only.',
      severity: 'error',
      from: { path: '^runtime/src/(ork|worker|app-node|dht)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^runtime/src/(ork|worker|app-node|dht)/', pathNot: '^runtime/src/$1/' },
    },
    {
      name: 'hosts-of-several-programs-are-roots',
      comment: 'A site in one process and the programmatic API join programs; nothing of them knows that.',
      severity: 'error',
      from: { path: '^runtime/src/', pathNot: '^runtime/src/(site|sdk)/|^runtime/src/main\\.ts$' },
      to: { path: '^runtime/src/(site|sdk)/' },
    },
    keeper('client-node-lives-in-kube', '@kubernetes/client-node', '^operator/src/kube/|/test/'),
    keeper(
      'hyperswarm-lives-in-net',
      'hyperswarm|hyperdht|@hyperswarm/rpc|protomux|compact-encoding',
      '^runtime/src/net/|/test/',
    ),
    keeper(
      'hyperbee-lives-in-storage',
      'hyperbee|corestore|hypercore|fs-native-extensions',
      '^runtime/src/storage/|/test/',
    ),
    keeper('fastify-lives-in-app-node', 'fastify', '^runtime/src/app-node/'),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|golden)/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
  },
}

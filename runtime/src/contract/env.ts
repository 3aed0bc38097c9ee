/** What a runtime process can be; the value of SERVICE. */
export const services = ['dht', 'ork', 'worker', 'app-node', 'site', 'simulator'] as const
export type Service = (typeof services)[number]

/** The environment variables of the runtime. Secrets never come this way. */
export const env = {
  /** Which program this process is: dht, ork, worker, app-node, site (ORK, workers and App Node in one) or simulator. */
  service: 'SERVICE',
  /** Driver of a worker or simulator, such as miner-whatsminer. */
  worker: 'WORKER',
  /** Model that a worker or simulator is limited to, such as M56S; unset means every model of the driver. */
  type: 'TYPE',
  /** Rack (shard) that a worker serves. */
  rack: 'RACK',
  /** Name of a worker on the wire; unset means <WORKER>-<RACK>. */
  workerId: 'WORKER_ID',
  /** IPv4 address to bind and to announce; unset means the first address of the host that isn't loopback. Not for local discovery, which stays on loopback. */
  podIp: 'POD_IP',
  /** UDP port of DHT and RPC; unset means 49737, or with local discovery any free one. */
  dhtPort: 'DHT_PORT',
  /**
   * How ORK, workers and App Node find each other: dht, or local for processes of one machine that share a folder; unset means
   * dht.
   */
  discovery: 'MDK_DISCOVERY',
  /** Local discovery: the folder that the processes of one site share; unset means mdk/.worker-keys in the temporary folder. */
  sharedDir: 'MDK_SHARED_DIR',
  /** TCP port of probes, metrics and status; unset means 8080. */
  statusPort: 'STATUS_PORT',
  /** App Node, site: the TCP port of the HTTP API; unset means 3000. Simulator: the first of its TCP ports; unset means 14001. */
  port: 'PORT',
  /** Simulator: how many devices, each on a port of its own; unset means 1. */
  count: 'COUNT',
  /** Folder with a folder for each file of `file-layout.ts`; unset means /etc/mdk. */
  configDir: 'MDK_CONFIG_DIR',
  /** Folder that ORK's store and a worker's memory of commands live in; unset means /var/lib/mdk. */
  stateDir: 'MDK_STATE_DIR',
  /** What ORK's accepted commands and a worker's memory of commands survive: fast (a kill of the process) or powerLoss (a power cut too); unset means fast. */
  durability: 'MDK_DURABILITY',
  /** trace, debug, info, warn or error; unset means info. */
  logLevel: 'LOG_LEVEL',
} as const

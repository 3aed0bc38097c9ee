import { describe, expect, it } from 'vitest'
import { ConfigError, parseConfig } from './config.ts'

const host = (): string => '10.0.0.9'
const problemOf = (env: NodeJS.ProcessEnv, address: () => string | null = host): string => {
  try {
    parseConfig(env, address)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  throw new Error('the environment was accepted')
}

describe('parseConfig', () => {
  it('gives defaults to all that is unset or empty', () => {
    expect(parseConfig({ SERVICE: 'ork', STATUS_PORT: '', POD_IP: '' }, host)).toEqual({
      service: 'ork',
      configDir: '/etc/mdk',
      stateDir: '/var/lib/mdk',
      statusPort: 8080,
      logLevel: 'info',
      podIp: '10.0.0.9',
      dhtPort: 49737,
      durability: 'fast',
    })
  })

  it('takes every variable of a worker', () => {
    const env = {
      SERVICE: 'worker',
      WORKER: 'miner-whatsminer',
      TYPE: 'm56s',
      RACK: 'a-01',
      WORKER_ID: 'whatsminer-m56s-a-01',
      POD_IP: '10.1.2.3',
      DHT_PORT: '0',
      STATUS_PORT: '18080',
      MDK_CONFIG_DIR: '/c',
      MDK_STATE_DIR: '/s',
      MDK_DURABILITY: 'powerLoss',
      LOG_LEVEL: 'debug',
    }
    expect(parseConfig(env, host)).toEqual({
      service: 'worker',
      driver: 'miner-whatsminer',
      model: 'm56s',
      rack: 'a-01',
      workerId: 'whatsminer-m56s-a-01',
      durability: 'powerLoss',
      podIp: '10.1.2.3',
      dhtPort: 0,
      statusPort: 18080,
      configDir: '/c',
      stateDir: '/s',
      logLevel: 'debug',
    })
  })

  it('names a worker after its driver and rack when WORKER_ID is unset', () => {
    const config = parseConfig({ SERVICE: 'worker', WORKER: 'simulated', RACK: 'b-02' }, host)
    expect(config).toMatchObject({ workerId: 'simulated-b-02', model: null, durability: 'fast' })
  })

  it('reads the ports of App Node, a simulator and a bootstrap node', () => {
    expect(parseConfig({ SERVICE: 'app-node', PORT: '0' }, host)).toMatchObject({ service: 'app-node', port: 0 })
    expect(parseConfig({ SERVICE: 'app-node' }, host)).toMatchObject({ port: 3000 })
    expect(parseConfig({ SERVICE: 'dht' }, host)).toMatchObject({ service: 'dht', dhtPort: 49737 })
    expect(parseConfig({ SERVICE: 'simulator', WORKER: 'miner-whatsminer', COUNT: '48' }, host)).toMatchObject({
      port: 14001,
      count: 48,
      driver: 'miner-whatsminer',
    })
  })

  it('takes local discovery, which stays on loopback and needs no port', () => {
    const local = { MDK_DISCOVERY: 'local', MDK_SHARED_DIR: '/run/site' }
    const found = { sharedDir: '/run/site', podIp: '127.0.0.1', dhtPort: 0 }
    expect(parseConfig({ SERVICE: 'ork', ...local }, host)).toMatchObject(found)
    expect(parseConfig({ SERVICE: 'app-node', MDK_DISCOVERY: 'local' }, host)).toMatchObject({
      sharedDir: expect.stringMatching(/mdk\/\.worker-keys$/) as string,
    })
    expect(parseConfig({ SERVICE: 'ork', MDK_SHARED_DIR: '/run/site' }, host)).not.toHaveProperty('sharedDir')
  })

  it('asks a site in one process for no address', () => {
    expect(parseConfig({ SERVICE: 'site', PORT: '0' }, () => null)).toMatchObject({ service: 'site', port: 0 })
  })

  it('finds the address of the host by itself', () => {
    const config = parseConfig({ SERVICE: 'dht', POD_IP: '127.0.0.1' })
    expect(config).toMatchObject({ podIp: '127.0.0.1' })
  })

  it.each([
    [{}, 'environment variable SERVICE is not set; give one of: dht, ork, worker, app-node, site, simulator'],
    [{ SERVICE: 'gateway' }, 'SERVICE is "gateway"; give one of'],
    [{ SERVICE: 'ork', STATUS_PORT: '80a' }, 'STATUS_PORT is "80a"; give a whole number from 0 to 65535'],
    [{ SERVICE: 'ork', DHT_PORT: '70000' }, 'DHT_PORT is "70000"; give a whole number from 0 to 65535'],
    [{ SERVICE: 'ork', POD_IP: 'fe80::1' }, 'POD_IP is "fe80::1"; give the IPv4 address'],
    [{ SERVICE: 'ork', MDK_DISCOVERY: 'mdns' }, 'MDK_DISCOVERY is "mdns"; give one of: dht, local'],
    [{ SERVICE: 'dht', MDK_DISCOVERY: 'local' }, 'a DHT node has no part in local discovery'],
    [{ SERVICE: 'ork', LOG_LEVEL: 'loud' }, 'LOG_LEVEL is "loud"; give one of: trace, debug'],
    [{ SERVICE: 'worker', WORKER: 'antminer', RACK: 'a' }, 'WORKER is "antminer"; give one of: miner-whatsminer'],
    [{ SERVICE: 'worker', WORKER: 'simulated' }, 'RACK is not set; give 1 to 63 letters'],
    [{ SERVICE: 'worker', WORKER: 'simulated', RACK: 'a b' }, 'RACK is "a b"; give 1 to 63 letters'],
    [
      { SERVICE: 'worker', WORKER: 'miner-whatsminer', RACK: 'a', TYPE: 'S19' },
      'TYPE is "S19"; the driver miner-whatsminer knows M30SP, M30SPP, M53S, M56S, M63; unset it for all of them',
    ],
    [{ SERVICE: 'simulator', WORKER: 'simulated' }, 'WORKER is "simulated"; give one of: miner-whatsminer'],
    [{ SERVICE: 'simulator', WORKER: 'miner-whatsminer', COUNT: '0' }, 'COUNT is "0"; give a whole number from 1'],
  ])('refuses %j, saying what it had and what to do', (env, message) => {
    expect(problemOf(env)).toContain(message)
  })

  it('names every variable that is wrong at once', () => {
    const message = problemOf({ SERVICE: 'ork', DHT_PORT: 'x', STATUS_PORT: 'y' })
    expect(message.split('\n')).toHaveLength(2)
  })

  it('asks for POD_IP on a host that has no address', () => {
    expect(problemOf({ SERVICE: 'ork' }, () => null)).toContain('POD_IP is not set; give the IPv4 address')
  })
})

import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Device } from '../../src/drivers/driver.ts'
import type { JsonObject } from '../../src/drivers/json.ts'
import { whatsminerDriver } from '../../src/drivers/whatsminer/driver.ts'
import { systemClock } from '../../src/machine/clock.ts'
import { loopback } from '../net/test-dht.ts'
import { type Reply, type ScriptedMiner, scriptedMiner } from './scripted-miner.ts'

/** Written by openssl alone; see make.sh there. */
async function golden(name: string): Promise<Record<string, string> & { readonly params: JsonObject }> {
  const url = new URL(`../../src/drivers/whatsminer/golden/${name}.json`, import.meta.url)
  return JSON.parse(await readFile(url, 'utf8')) as Record<string, string> & { readonly params: JsonObject }
}

const refusal = (code: number, message = 'no'): Reply => ({
  answer: JSON.stringify({ STATUS: 'E', When: 1, Code: code, Msg: message, Description: '' }),
})
const awake: Reply = { answer: JSON.stringify({ STATUS: 'S', When: 1, Code: 131, Msg: { mineroff: 'false' } }) }
const asleep: Reply = { answer: JSON.stringify({ STATUS: 'S', When: 1, Code: 131, Msg: { mineroff: 'true' } }) }
const timeoutMs = 1_000

describe('commands to a Whatsminer, on the wire', () => {
  let challenge: Reply
  let done: Reply
  let miner: ScriptedMiner
  let aheadMs: number
  const closers: (() => Promise<void>)[] = []

  beforeEach(async () => {
    const exchange = await golden('exchange')
    challenge = { answer: exchange['challenge'] ?? '' }
    done = { answer: exchange['answer'] ?? '' }
    aheadMs = 0
  })
  afterEach(async () => {
    for (const close of closers.splice(0)) await close()
  })

  /** A device whose miner answers encrypted requests by the script, and everything else as it should. */
  async function connect(
    script: (nth: number) => Reply,
    clear: Partial<Record<'get_token' | 'status', Reply>> = {},
  ): Promise<Device> {
    const answers = { get_token: challenge, status: awake, ...clear }
    let sealed = 0
    miner = await scriptedMiner((request) => {
      const { cmd } = JSON.parse(request) as { cmd?: keyof typeof answers }
      if (cmd !== undefined) return answers[cmd]
      sealed += 1
      return script(sealed)
    })
    closers.push(() => miner.close())
    const entry = {
      id: 'rack-a.wm-01',
      driver: 'miner-whatsminer',
      model: 'M63',
      address: loopback,
      port: miner.port,
      options: {},
      credentials: { password: 'admin' },
    }
    const clock = {
      ...systemClock,
      now: () => systemClock.now() + aheadMs,
      monotonic: () => systemClock.monotonic() + aheadMs,
    }
    const connected = whatsminerDriver.connect(entry, { clock, timeoutMs })
    if (connected.kind === 'problem') throw new Error(connected.message)
    closers.push(() => connected.value.close())
    return connected.value
  }

  const sealed = () => miner.requests.filter((request) => request.startsWith('{"enc":1,')).length
  const tokens = () => miner.requests.filter((request) => request === '{"cmd":"get_token"}').length

  it.each(['reboot', 'setLED', 'setupPools', 'setPowerPct', 'setUpfreqSpeed'])(
    'sends %s byte for byte as the golden frame has it, after one challenge',
    async (command) => {
      const { params, frame } = await golden(command)
      const device = await connect(() => done)
      await device.execute(command, params)
      expect(miner.requests).toEqual(['{"cmd":"get_token"}', frame])
    },
  )

  it('asks whether the miner is asleep before it sets a mode, and wakes it only then', async () => {
    const { params, frame } = await golden('setPowerMode')
    const device = await connect(() => done)
    await device.execute('setPowerMode', params)
    expect(miner.requests).toEqual(['{"cmd":"status"}', '{"cmd":"get_token"}', frame])
    const sleeping = await connect(() => done, { status: asleep })
    await sleeping.execute('setPowerMode', params)
    expect(sealed()).toBe(2)
    expect(miner.requests.at(-1)).toBe(frame)
  })

  it('W3: uses a token for 25 minutes, then asks for another', async () => {
    const device = await connect(() => done)
    await device.execute('setLED', { enabled: true })
    aheadMs = 24 * 60_000
    await device.execute('setLED', { enabled: false })
    expect(tokens()).toBe(1)
    aheadMs = 25 * 60_000
    await device.execute('setLED', { enabled: true })
    expect(tokens()).toBe(2)
  })

  it.each([135, 23])(
    'W1: a token that the miner forgot (code %i) is replaced, and the command sent again',
    async (code) => {
      const device = await connect((nth) => (nth === 2 ? refusal(code) : done))
      await device.execute('setLED', { enabled: true })
      await expect(device.execute('setLED', { enabled: false })).resolves.toEqual({ enabled: false })
      expect([tokens(), sealed()]).toEqual([2, 3])
    },
  )

  it.each([135, 23, 137])('a new token that is refused with code %i means that the password is wrong', async (code) => {
    const device = await connect(() => refusal(code, 'check token err'))
    await expect(device.execute('setLED', { enabled: true })).rejects.toMatchObject({
      failure: 'unauthorized',
      message: `rack-a.wm-01 does not accept the password in its credentials, so it can be read but not commanded; make it the admin password of the miner; it says: check token err (code ${code})`,
    })
    expect([tokens(), sealed()]).toEqual([1, 1])
  })

  it.each([
    [14, 'refused', "doesn't have this command"],
    [45, 'unauthorized', 'switch the API on'],
    [132, 'refused', 'refuses; it says: no (code 132)'],
  ])('code %i is %s', async (code, failure, message) => {
    const device = await connect(() => refusal(code))
    await expect(device.execute('reboot', {})).rejects.toMatchObject({
      failure,
      message: expect.stringContaining(message) as string,
    })
    expect(sealed()).toBe(1)
  })

  it.each<[Reply, string]>([
    ['silence', 'timeout'],
    ['end', 'protocol'],
    ['reset', 'protocol'],
    [{ answer: '<html>not a miner' }, 'protocol'],
    [{ answer: '{"enc":"AAAA"}' }, 'protocol'],
    [{ answer: '{"enc":"AAAAAAAAAAAAAAAAAAAAAA=="}' }, 'protocol'],
    [{ answer: '{"fine":true}' }, 'protocol'],
  ])('W1: a command whose answer is %j is not sent again: its fate is unknown (%s)', async (reply, failure) => {
    const device = await connect(() => reply)
    await expect(device.execute('reboot', {})).rejects.toMatchObject({ failure })
    expect(sealed()).toBe(1)
  })

  it.each<[Reply]>([['silence'], ['end'], ['reset'], [{ answer: 'garbage' }], [{ answer: '{"STATUS":"S","Msg":{}}' }]])(
    'W2: without a token (%j) nothing was sent, so nothing has happened',
    async (reply) => {
      const device = await connect(() => done, { get_token: reply })
      await expect(device.execute('reboot', {})).rejects.toMatchObject({
        failure: 'unreachable',
        message: expect.stringContaining('no token for the command') as string,
      })
      expect(sealed()).toBe(0)
    },
  )

  it('says when to try again, when the miner gives no more tokens', async () => {
    const device = await connect(() => done, { get_token: refusal(136, 'over max connect') })
    await expect(device.execute('reboot', {})).rejects.toMatchObject({
      failure: 'refused',
      message: expect.stringContaining('after 30 minutes') as string,
    })
  })

  it('W2: a device that is closed while it waits for an answer may have done what it was told', async () => {
    const device = await connect(() => 'silence')
    const command = device.execute('reboot', {})
    await miner.received(2)
    await device.close()
    await expect(command).rejects.toMatchObject({
      failure: 'timeout',
      message: expect.stringContaining('the miner may have done it') as string,
    })
  })

  it.each<[Reply, string]>([
    ['silence', 'timeout'],
    ['end', 'protocol'],
    [refusal(132), 'refused'],
    [refusal(45), 'protocol'],
  ])('says what was done of two steps when the second comes to %j', async (reply, failure) => {
    const device = await connect((nth) => (nth === 1 ? done : reply), { status: asleep })
    await expect(device.execute('setPowerMode', { mode: 'low' })).rejects.toMatchObject({
      failure,
      message: expect.stringContaining('power_on was done, the rest not') as string,
    })
  })

  it('has sent nothing when it cannot learn whether the miner is asleep', async () => {
    const device = await connect(() => done, { status: 'silence' })
    await expect(device.execute('setPowerMode', { mode: 'low' })).rejects.toMatchObject({ failure: 'unreachable' })
    expect([tokens(), sealed()]).toEqual([0, 0])
  })
})

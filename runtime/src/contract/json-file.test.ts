import { describe, expect, it } from 'vitest'
import { formatDeviceList, parseDeviceList } from './device-list.ts'
import { formatRoster, parseRoster } from './roster.ts'

const remedy = 'docs/reference/files.md has the format'
const messageOf = (parsed: { readonly kind: string; readonly message?: string }) => parsed.message ?? parsed.kind
const device = { id: 'r.a', driver: 'x', model: null, address: null, port: null, options: {}, credentials: {} }

describe('a JSON file that cannot be used', () => {
  it.each([
    ['', `devices.json is empty; ${remedy}`],
    [' \n', `devices.json is empty; ${remedy}`],
    ['hello', `devices.json is not JSON, or was cut short; ${remedy}`],
    [formatDeviceList([device]).slice(0, -9), `devices.json is not JSON, or was cut short; ${remedy}`],
    ['{"version":2,"devices":[]}', 'devices.json is of version 2, and this release reads version 1'],
    ['{"devices":[]}', `devices.json can't be used: version: Invalid input: expected 1; ${remedy}`],
    ['null', `devices.json can't be used: the whole: Invalid input: expected object, received null; ${remedy}`],
    [
      '{"version":1}',
      `devices.json can't be used: devices: Invalid input: expected array, received undefined; ${remedy}`,
    ],
  ])('%j is told in one line', (text, sentence) => {
    expect(messageOf(parseDeviceList(text))).toBe(sentence)
  })

  it('names the place of a flaw, the first three of many, and no value', () => {
    const credentials = { password: 12345 }
    const wrong = Array.from({ length: 500 }, (_, n) => ({ ...device, id: `r.${n}`, port: 70_000, credentials }))
    const message = messageOf(parseDeviceList(JSON.stringify({ version: 1, devices: wrong })))
    expect(message).toContain('devices[0].port: Too big')
    expect(message).toContain('devices[0].credentials.password: Invalid input')
    expect(message).toContain('(and 997 more)')
    expect(message).not.toContain('12345')
    expect(message.length).toBeLessThan(400)
    expect(message).not.toContain('\n')
  })
})

describe('a roster', () => {
  const entry = (workerId: string, byte: string) => ({ workerId, publicKey: byte.repeat(32), host: 'h', port: 1 })

  it('in which two workers have one id or one key is refused, since nobody could say which is meant', () => {
    expect(messageOf(parseRoster(formatRoster([entry('a', 'a1'), entry('a', 'a2')], [])))).toBe(
      'roster.json names the worker a twice; name it once',
    )
    expect(messageOf(parseRoster(formatRoster([entry('a', 'a1'), entry('b', 'a1')], [])))).toContain(
      'gives two workers the public key a1a1',
    )
  })
})

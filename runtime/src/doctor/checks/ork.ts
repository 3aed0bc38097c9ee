import type { KeyHolders } from '../../net/dht-probe.ts'
import { type Check, type Finding, failed, ok, questionMs, skipped } from '../check.ts'
import { diagnose } from '../diagnoses.ts'

export const ork: Check = {
  name: 'ork',
  title: 'the DHT knows ORK by its key',
  appliesTo: ['worker', 'app-node'],
  needs: ['udp', 'ork-key'],
  async run({ files }, { probe }) {
    const publicKey = files.discovery?.orkPublicKey ?? null
    if (publicKey === null) return skipped('discovery.json names no ORK key')
    return findOrk(await (await probe()).findKey(publicKey, questionMs), publicKey)
  },
}

export function findOrk({ answered, holding }: KeyHolders, publicKey: string): Finding {
  if (answered === 0) return skipped('no DHT node answered the question')
  if (holding > 0) return ok(publicKey)
  return failed(diagnose('OrkAbsent', { publicKey }))
}

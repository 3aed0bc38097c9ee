import type { KeyHolders } from '../../net/dht-probe.ts'
import { type Check, type Finding, failed, ok, questionMs, skipped } from '../check.ts'
import { diagnose } from '../diagnoses.ts'

export const announced: Check = {
  name: 'announced',
  title: 'the DHT knows this process by its key',
  appliesTo: ['ork', 'worker'],
  needs: ['udp'],
  async run({ running, port }, { probe }) {
    if (running.kind === 'unknown') return skipped(running.why)
    const { publicKey } = running
    if (publicKey === null) return skipped('this process runs without a key')
    return findInHolders(await (await probe()).findKey(publicKey, questionMs), { publicKey, port })
  },
}

export function findInHolders(
  { answered, holding }: KeyHolders,
  own: { readonly publicKey: string; readonly port: number },
): Finding {
  if (answered === 0) return skipped('no DHT node answered the question')
  if (holding > 0) return ok(`${holding} of ${answered} DHT nodes hold its record`)
  return failed(diagnose('AnnounceInvisible', { ...own, answered }))
}

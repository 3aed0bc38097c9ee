import { readdirSync } from 'node:fs'
import { readGolden } from '../protocol/golden.ts'

/** The device that golden frames are about; who is fuzzed has it, so that frames get as far as they can. */
export const goldenDevice = 'rack-0.m-17'

/** Every request that ORK, or a worker, gets from a peer of any version. */
export function goldenRequests(to: 'ork' | 'worker'): readonly object[] {
  const files = readdirSync(new URL(`../../src/protocol/golden/${to}/`, import.meta.url))
  return files.flatMap((file) => {
    const { request, peers = {} } = readGolden(to, file.replace('.json', '')) as ReturnType<typeof readGolden> & {
      readonly peers?: Readonly<Record<string, object>>
    }
    const ofPeers = Object.entries(peers).flatMap(([name, frame]) => (name.includes('request') ? [frame] : []))
    return [request, ...ofPeers]
  })
}

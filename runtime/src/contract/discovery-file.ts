import { z } from 'zod'
import type { Parsed } from './file-problem.ts'
import { hexKey } from './hex-key.ts'
import { parseJsonFile } from './json-file.ts'

const hostAndPort = z.string().refine((text) => {
  const [, port] = /^[A-Za-z0-9.-]+:(\d{1,5})$/.exec(text) ?? []
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65535
}, 'must be a host and a port, as in dht-0:49737')

const discovery = z.object({
  version: z.literal(1),
  /** ORK's public key in hex: whom App Node dials and whom a worker lets in. */
  orkPublicKey: hexKey.nullable(),
  /** DHT bootstrap nodes as `host:port`. Never empty in a site: an unset list would mean the public DHT. */
  bootstrap: z.array(hostAndPort),
  /** `topicHash` of the topic that the site's processes should have; absent where nobody says. */
  topicHash: z.string().optional(),
  /** Where ORK's probes and status answer, as `host:port`; absent where nobody says. */
  orkStatus: hostAndPort.optional(),
})

/** Where a site's processes meet. */
export type Discovery = z.output<typeof discovery>

/** What only diagnoses are made of: a process compares it with what it finds. */
export type DiscoveryHints = Pick<Discovery, 'topicHash' | 'orkStatus'>

/** The text of `discovery.json`. */
export function formatDiscovery(
  orkPublicKey: string | null,
  bootstrap: readonly string[],
  { topicHash, orkStatus }: DiscoveryHints = {},
): string {
  return JSON.stringify({ version: 1, orkPublicKey, bootstrap, topicHash, orkStatus })
}

const file = { name: 'discovery.json', schema: discovery, reason: 'DiscoveryMalformed' } as const

/** Reads `discovery.json`. */
export function parseDiscovery(text: string): Parsed<Discovery, 'DiscoveryMalformed'> {
  return parseJsonFile(file, text)
}

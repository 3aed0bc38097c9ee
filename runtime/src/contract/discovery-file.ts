import { z } from 'zod'
import { type Parsed, problem } from './file-problem.ts'

const hostAndPort = z
  .string()
  .regex(/^[A-Za-z0-9.-]+:\d{1,5}$/)
  .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65535)

const discovery = z.object({
  version: z.literal(1),
  /** ORK's public key in hex: whom App Node dials and whom a worker lets in. */
  orkPublicKey: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  /** DHT bootstrap nodes as `host:port`. Never empty in a site: an unset list would mean the public DHT. */
  bootstrap: z.array(hostAndPort),
})

/** Where a site's processes meet. */
export type Discovery = z.output<typeof discovery>

/** The text of `discovery.json`. */
export function formatDiscovery(orkPublicKey: string | null, bootstrap: readonly string[]): string {
  return JSON.stringify({ version: 1, orkPublicKey, bootstrap })
}

/** Reads `discovery.json`. */
export function parseDiscovery(text: string): Parsed<Discovery, 'DiscoveryMalformed'> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return problem('DiscoveryMalformed', 'discovery.json is not JSON')
  }
  const parsed = discovery.safeParse(json)
  if (!parsed.success) return problem('DiscoveryMalformed', `discovery.json: ${z.prettifyError(parsed.error)}`)
  return { kind: 'ok', value: parsed.data }
}

/** Random material for the identities of a new site. Made for each run and thrown away unless something is missing. */
export interface FreshIdentities {
  /** 64 hexadecimal characters. */
  readonly topic: string
  readonly orkSeed: string
  readonly appNodeSeed: string
  /** Bearer tokens, base64url. */
  readonly readToken: string
  readonly commandToken: string
  readonly adminToken: string
}

/** `randomBytes` must be cryptographically strong. */
export function makeFreshIdentities(randomBytes: (sizeBytes: number) => Buffer): FreshIdentities {
  const hex = () => randomBytes(32).toString('hex')
  const token = () => randomBytes(32).toString('base64url')
  return {
    topic: hex(),
    orkSeed: hex(),
    appNodeSeed: hex(),
    readToken: token(),
    commandToken: token(),
    adminToken: token(),
  }
}

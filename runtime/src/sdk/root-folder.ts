/**
 * The folder that the parts of a site on one machine share, `<tmpdir>/mdk` unless given, for its user alone:
 *
 * - `.dht-topic`: the topic of the site (64 hexadecimal characters)
 * - `.ork-key`, `.app-node-key`, `.client-key`: the public keys of the site's ORK, of App Node and of clients (all have one), for
 *   whoever must know them
 * - `.worker-keys/`: where processes find each other with local discovery (`net/meeting-folder.ts`)
 * - `store/ork-db/`: ORK's store
 * - `ork/seed`, `app-node/seed`, `client/seed`, `workers/<id>/seed`: the identities, made at the first start
 *
 * What is made is made once and whole: of several that start at the same time one wins, and all have its value.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isHexKey } from '../contract/hex-key.ts'
import { type KeyPair, keyPairOfSeed } from '../contract/key-pair.ts'
import { writeWhole } from '../net/write-whole.ts'
import { SdkError } from './refusal.ts'

export const defaultRoot = join(tmpdir(), 'mdk')

export const rootFiles = {
  topic: '.dht-topic',
  orkKey: '.ork-key',
  appNodeKey: '.app-node-key',
  clientKey: '.client-key',
  workerKeys: '.worker-keys',
  store: join('store', 'ork-db'),
} as const

/**
 * Makes the folder if it isn't there. Rejects with an SdkError if it can't be made, or is somebody else's: the temporary folder is
 * everybody's, and whoever owns this one is of the site.
 */
export async function openRoot(root: string): Promise<string> {
  try {
    await mkdir(root, { recursive: true, mode: 0o700 })
    const { uid } = await stat(root)
    const own = process.getuid?.() ?? uid
    if (uid === own || uid === 0 || own === 0) return root
  } catch (error) {
    throw new SdkError(`the folder ${root} cannot be made; let this user write there, or give another root`, {
      cause: error,
    })
  }
  throw new SdkError(`the folder ${root} belongs to another user; give a root of your own`)
}

/** The 64 hexadecimal characters in a file; makes them if there is no such file. Rejects with an SdkError on anything else. */
export async function keepSecret(path: string, make: () => string = randomHex): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const found = await readHex(path)
  if (found !== null) return found
  const temporary = `${path}.${randomUUID()}`
  await writeFile(temporary, make(), { mode: 0o600, flag: 'wx' })
  // Unlike a renaming, a link takes nobody's place.
  await link(temporary, path).catch((error: unknown) => {
    if (!isExisting(error)) throw error
  })
  await rm(temporary)
  const kept = await readHex(path)
  if (kept === null) throw new SdkError(`${path} went away while it was made; start again`)
  return kept
}

/** The pair whose seed is in this file. */
export async function keepPair(path: string): Promise<KeyPair> {
  return keyPairOfSeed(await keepSecret(path))
}

/** Tells others of the site a public key: the last that tells wins. */
export function tell(path: string, publicKey: string): Promise<void> {
  return writeWhole(path, publicKey)
}

async function readHex(path: string): Promise<string | null> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw new SdkError(`${path} cannot be read; let this user read it`, { cause: error })
  })
  if (text === null || isHexKey(text.trim())) return text?.trim() ?? null
  throw new SdkError(`${path} must hold 64 hexadecimal characters in lower case; remove it to have one made`)
}

function randomHex(): string {
  return randomBytes(32).toString('hex')
}

function isExisting(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST'
}

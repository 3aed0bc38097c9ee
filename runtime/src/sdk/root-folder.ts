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
 * What is made is made once and whole: of several that start at the same time one wins, and all have its value. A kill leaves no
 * part of it, but perhaps `<file>.<uuid>` beside it, which nobody reads; a power cut leaves the whole or nothing, and the
 * whole once `keepSecret` has resolved, in a root that was there before.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { isHexKey } from '../contract/hex-key.ts'
import { type KeyPair, keyPairOfSeed } from '../contract/key-pair.ts'
import { writeWhole } from '../net/write-whole.ts'
import { syncFolder } from '../storage/journal/segment.ts'
import { SdkError } from './refusal.ts'

const defaultRoot = join(tmpdir(), 'mdk')

export const rootFiles = {
  topic: '.dht-topic',
  orkKey: '.ork-key',
  appNodeKey: '.app-node-key',
  clientKey: '.client-key',
  workerKeys: '.worker-keys',
  store: join('store', 'ork-db'),
} as const

/**
 * Makes the folder if it isn't there: that which was given, or the usual one. Rejects with an SdkError if it can't be made, or if
 * others could have a part in the site by it.
 */
export async function openRoot(given: string | undefined): Promise<string> {
  const root = given ?? defaultRoot
  const found = await mkdir(root, { recursive: true, mode: 0o700 })
    .then(() => stat(root))
    .catch((cause: unknown) => {
      throw new SdkError(`the folder ${root} cannot be made; let this user write there, or give another root`, {
        cause,
      })
    })
  const flaw = flawOfRoot(found, { own: process.getuid?.() ?? null, isGiven: given !== undefined })
  if (flaw !== null) throw new SdkError(`the folder ${root} ${flaw}`)
  return root
}

/**
 * Why the folder can't be the root, as the end of a sentence; null if it can. The temporary folder is everybody's, so the usual root
 * may have been made by anybody before: only a root that was given is a choice, and then root may use another user's.
 * @param own this process's user; null where there are none.
 */
export function flawOfRoot(
  { uid, mode }: { readonly uid: number; readonly mode: number },
  { own, isGiven }: { readonly own: number | null; readonly isGiven: boolean },
): string | null {
  if (own === null) return null
  if (uid !== own && uid !== 0 && !(own === 0 && isGiven)) return 'belongs to another user; give a root of your own'
  if (isGiven || (mode & 0o022) === 0) return null
  return 'can be written by other users; take that right from them (chmod go-w), or give a root of your own'
}

/** The 64 hexadecimal characters in a file; makes them if there is no such file. Rejects with an SdkError on anything else. */
export async function keepSecret(path: string, hardLink = link): Promise<string> {
  await makeFolder(dirname(path))
  const found = await readHex(path)
  if (found !== null) return found
  await placeNew(path, randomBytes(32).toString('hex'), hardLink)
  const kept = await readHex(path)
  if (kept === null) throw new SdkError(`${path} went away while it was made; start again`)
  return kept
}

/** Makes the folder, and those that it lies in, so that a power cut doesn't take them with what is in them. */
async function makeFolder(folder: string): Promise<void> {
  const path = resolve(folder)
  const highest = await mkdir(path, { recursive: true, mode: 0o700 })
  if (highest === undefined) return
  for (let made = path; made.length >= highest.length; made = dirname(made)) await syncFolder(dirname(made))
}

/** Writes the file if there is none. */
async function placeNew(path: string, text: string, hardLink: typeof link): Promise<void> {
  const temporary = `${path}.${randomUUID()}`
  try {
    // Flushed before it has its name: a power cut leaves no empty file there, which every later start would refuse.
    await writeFile(temporary, text, { mode: 0o600, flag: 'wx', flush: true })
    // Unlike a renaming, a link takes nobody's place.
    await hardLink(temporary, path).catch((error: unknown) => {
      if (!hasCode(error, 'EEXIST')) throw isLinkless(error) ? linkless(path, error) : error
    })
  } finally {
    await rm(temporary, { force: true })
  }
  await syncFolder(dirname(path))
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
    if (hasCode(error, 'ENOENT')) return null
    throw new SdkError(`${path} cannot be read; let this user read it`, { cause: error })
  })
  if (text === null || isHexKey(text.trim())) return text?.trim() ?? null
  throw new SdkError(`${path} must hold 64 hexadecimal characters in lower case; remove it to have one made`)
}

function linkless(path: string, cause: unknown): SdkError {
  const remedy = 'give a root on another disk, or write 64 random hexadecimal characters there'
  return new SdkError(`${path} cannot be made, since its disk knows no hard links; ${remedy}`, { cause })
}

/** A filesystem without hard links says so in one of these ways. */
function isLinkless(error: unknown): boolean {
  return hasCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.some((code) => code === error.code)
}

/** `startClient`: a program's own client of ORK, whether that runs in the same process or in another. */

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createMdkClient, type MdkClient } from '../client/mdk-client.ts'
import { isHexKey } from '../contract/hex-key.ts'
import { keyPairOfSeed } from '../contract/key-pair.ts'
import { type Log, silentLog } from '../log.ts'
import { systemClock } from '../machine/clock.ts'
import { opening, type Resources } from '../machine/resource.ts'
import { within } from '../machine/within.ts'
import type { NetworkNode } from '../net/network-node.ts'
import { decideMeeting, type MeetingOptions, meetingOptions, openMeetingNode } from './meeting.ts'
import type { Ork } from './ork.ts'
import { refuseUnknown, refuseWayToOrk, SdkError } from './refusal.ts'
import { keepPair, openRoot, rootFiles, tell } from './root-folder.ts'
import { followToldKey } from './told-key.ts'

export interface StartClientOptions extends MeetingOptions {
  /** ORK of this process. Without it ORK is dialled over `discovery`. */
  readonly ork?: Ork
  /** ORK's public key; that which an ORK of this root tells unless given. */
  readonly orkKey?: string
  /**
   * Seed of the client's key pair, 64 hexadecimal characters, whose public key is one of ORK's `allowedCallers`; that of
   * `<root>/client/seed` unless given, made at the first start, which an ORK of this root lets in.
   */
  readonly seed?: string
  /** Its name on the wire; `app-node` unless given, as upstream's client has it. */
  readonly sender?: string
  /** Folder that the site's parts share (`root-folder.ts`); `<tmpdir>/mdk` unless given. */
  readonly root?: string
  readonly log?: Log
}

/** A client that runs. Closing it ends its link, and its part in the network. */
export interface RunningClient extends MdkClient {
  /** What ORK must let in. */
  readonly publicKey: string
}

const known = [...meetingOptions, 'ork', 'orkKey', 'seed', 'sender', 'root', 'log']

const noTopic = 'a topic is where workers are found, and not ORK; give orkKey, or the root of an ORK'
/** What does the work of upstream's options that aren't there. */
const hints = {
  hrpc: 'give orkKey for its key, and bootstrap and seed',
  ipc: 'there is no socket; give ork, or orkKey',
  topic: noTopic,
  orkTopic: noTopic,
}

/** Time for an ORK of the same root that is only just starting to tell its key. */
const toldKeyMs = 10_000

/** Starts a client. Its first call dials ORK. Rejects with an SdkError for what can't work. */
export function startClient(options: StartClientOptions): Promise<RunningClient> {
  return opening(async (resources) => {
    refuseUnknown('startClient', options, known, hints)
    refuseWayToOrk('startClient', options)
    const { seed, sender } = options
    if (seed !== undefined && !isHexKey(seed))
      throw new SdkError('startClient needs a seed of 64 hexadecimal characters')
    const { node, orkKey } = await openWay(options, resources)
    const ork = { publicKey: orkKey }
    const client = resources.add(createMdkClient({ node, ork, ...(sender !== undefined && { sender }) }))
    return { ...client, publicKey: node.publicKey, close: () => resources.close() }
  })
}

/** The way to ORK. */
interface Way {
  readonly node: NetworkNode
  readonly orkKey: string
}

async function openWay({ ork, ...options }: StartClientOptions, resources: Resources): Promise<Way> {
  if (ork === undefined) return openWayOut(options, resources)
  const identity = keyPairOfSeed(options.seed ?? randomBytes(32).toString('hex'))
  const node = resources.add(ork.inside.join(identity))
  resources.onClose(ork.inside.admitCaller(identity.publicKey))
  return { node, orkKey: ork.publicKey }
}

async function openWayOut(options: Omit<StartClientOptions, 'ork'>, resources: Resources): Promise<Way> {
  const { seed, log = silentLog } = options
  const root = await openRoot(options.root)
  const meeting = decideMeeting('startClient', options, root)
  if (meeting.kind === 'process') throw new SdkError("startClient has discovery 'process' but no ork; give it")
  const identity = seed === undefined ? await keepPair(join(root, 'client', 'seed')) : keyPairOfSeed(seed)
  // ORK of the same root lets it in.
  if (seed === undefined) await tell(join(root, rootFiles.clientKey), identity.publicKey)
  const orkKey = options.orkKey ?? (await toldKey(root))
  const node = resources.add(await openMeetingNode(meeting, { identity, name: 'client', log }))
  return { node, orkKey }
}

async function toldKey(root: string): Promise<string> {
  const told = Promise.withResolvers<null>()
  const following = await followToldKey(join(root, rootFiles.orkKey), () => told.resolve(null))
  if (following.current() === null) await within(systemClock, toldKeyMs, told.promise, null)
  following.close()
  const key = following.current()
  if (key !== null) return key
  throw new SdkError(`startClient knows no ORK: none has told its key in ${root}; start one there, or give orkKey`)
}

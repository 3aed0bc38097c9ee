/**
 * A process among others on one machine: it is found in a shared folder and dialled on 127.0.0.1, over the same streams as on a
 * DHT. There is no DHT and no bootstrap node, and nothing leaves the machine.
 *
 * The folder is the meeting place, whatever the topic: each site has a folder of its own.
 */
import { isHexKey } from '../contract/hex-key.ts'
import type { KeyPair } from '../contract/key-pair.ts'
import { systemClock } from '../machine/clock.ts'
import { systemRandom } from '../machine/random.ts'
import { type KeptRecord, keepAnnounced } from './keep-announced.ts'
import { LinkError, type RequestOptions } from './link.ts'
import { type MeetingFolder, openMeetingFolder, plainNameOf } from './meeting-folder.ts'
import { type NetLog, silentNetLog } from './net-log.ts'
import type { Announcement, NetworkNode } from './network-node.ts'
import { openUdpNode, type UdpNode } from './udp-node.ts'

export interface LocalNodeOptions {
  readonly identity: KeyPair
  /** The shared folder. It is made if it isn't there. */
  readonly folder: string
  /** What its key file is called if it announces itself: a worker's id. */
  readonly name: string
  /** UDP port on 127.0.0.1; any free one unless given. */
  readonly port?: number
  readonly log?: NetLog
  /** It is announced now, or not any more. */
  readonly onAnnouncedChange?: () => void
  /** Somebody came or went, perhaps: it is worth a lookup. */
  readonly onFolderChange?: () => void
}

/** Stands for a topic where the folder is the meeting place. */
export const folderTopic = '0'.repeat(64)

const loopback = '127.0.0.1'
const keyEnding = '.key'
const portEnding = '.port'

/** Rejects with a MeetingError when the folder or the name can't be used, with a BindError when the port can't be had. */
export async function startLocalNode(options: LocalNodeOptions): Promise<NetworkNode> {
  const { identity, port = 0, log = silentNetLog } = options
  const name = plainNameOf(options.name)
  const folder = await openMeetingFolder(options.folder, () => systemClock.now())
  const udp = await openUdpNode({ identity, bootstrap: [], host: loopback, port, log })
  return nodeOver({ ...options, log, name, folder, udp })
}

interface Parts extends Omit<LocalNodeOptions, 'folder' | 'port'> {
  readonly folder: MeetingFolder
  readonly udp: UdpNode
  readonly log: NetLog
}

function nodeOver(parts: Parts): NetworkNode {
  const { udp, folder, onFolderChange } = parts
  const ownKey = udp.identity.publicKey.toString('hex')
  let listening: KeptFile | undefined
  const endWatch = onFolderChange === undefined ? () => undefined : folder.watch(onFolderChange)
  const portOf = async (key: string) => parsePort(await folder.read(`${key}${portEnding}`))
  const announcer = keyAnnouncer(parts, async () => ![null, udp.address.port].includes(await portOf(ownKey)))
  return {
    publicKey: ownKey,
    address: udp.address,
    get announced() {
      return listening?.record.announced ?? false
    },
    async dial(peer, request) {
      udp.refuseIfClosed()
      refuseIfGivenUp(request)
      const port = await portOf(peer.publicKey)
      if (port === null) throw new LinkError('unreachable', `no process with key ${peer.publicKey} is in the folder`)
      return udp.dial({ publicKey: peer.publicKey, address: { host: loopback, port } }, request)
    },
    async listen(answering) {
      const listener = await udp.listen(answering)
      const [file, text] = [`${ownKey}${portEnding}`, String(udp.address.port)]
      await folder.write(file, text)
      listening = keepFile(parts, file, text)
      return listener
    },
    announce: (_, handOff) => announcer.announce(handOff),
    async lookup(_, request) {
      udp.refuseIfClosed()
      refuseIfGivenUp(request)
      const found = await Promise.all((await folder.list(keyEnding)).map((name) => folder.read(`${name}${keyEnding}`)))
      return [...new Set(found.filter((key) => key !== null))].filter((key) => isHexKey(key))
    },
    async takeHandOff(topicKey) {
      udp.refuseIfClosed()
      if ((await portOf(topicKey)) !== null) return topicKey
      throw new LinkError('unreachable', `no process with key ${topicKey} listens`)
    },
    setBootstrap: () => undefined,
    close: () =>
      udp.close(async () => {
        endWatch()
        await Promise.all([announcer.end(), listening?.end()])
      }),
  }
}

/**
 * Announces one key after the other, in the file of this process's name. `isSucceeded` tells whether another process listens with
 * the same key: its key file is the same to the letter, and stays.
 */
function keyAnnouncer(parts: Parts, isSucceeded: () => Promise<boolean>) {
  const { folder, name, udp } = parts
  const file = `${name}${keyEnding}`
  let announced: KeptFile | undefined
  const end = async (made = announced): Promise<void> => {
    if (announced === made) announced = undefined
    await made?.end()
  }
  return {
    end,
    announce(handOff: string): Announcement {
      udp.refuseIfClosed()
      if (announced !== undefined) throw new Error('a node announces one topic at a time')
      const write = () => folder.write(file, handOff)
      const made = keepFile(parts, file, handOff, { first: write, isAnothers: isSucceeded })
      announced = made
      return {
        get announced() {
          return made.record.announced
        },
        close: () => end(made),
      }
    },
  }
}

interface KeptFile {
  readonly record: KeptRecord
  /** Stops keeping the file, and removes it unless it is another process's by now. */
  end(): Promise<void>
}

interface KeepOptions {
  /** How it is had at first. */
  readonly first?: () => Promise<void>
  /** Whether another process has the file although it says the same. */
  readonly isAnothers?: () => Promise<boolean>
}

/** Keeps a file for as long as the process is there. */
function keepFile(
  { folder, log, onAnnouncedChange }: Parts,
  file: string,
  text: string,
  { first = () => folder.keep(file, text), isAnothers = () => Promise.resolve(false) }: KeepOptions = {},
): KeptFile {
  let next = first
  let last: Promise<void> = Promise.resolve()
  let told: string | null = null
  const tell = (error: unknown): void => {
    const problem = error instanceof Error ? error.message : String(error)
    if (problem !== told) log.warn({ file, problem }, 'a file of the shared folder cannot be kept')
    told = problem
  }
  const record = keepAnnounced({
    announce() {
      last = next()
      next = () => folder.keep(file, text)
      last.then(() => (told = null), tell)
      return last
    },
    onChange(announced) {
      log.info({ announced, file }, 'file of the shared folder changed')
      onAnnouncedChange?.()
    },
    clock: systemClock,
    random: systemRandom,
  })
  return {
    record,
    async end() {
      record.close()
      await last.catch(() => undefined)
      if (!(await isAnothers())) await folder.remove(file, text)
    },
  }
}

function refuseIfGivenUp({ signal }: RequestOptions): void {
  if (signal?.aborted === true) throw new LinkError('closed', 'it was given up', { cause: signal.reason })
}

function parsePort(text: string | null): number | null {
  const port = /^\d{1,5}$/.test(text ?? '') ? Number(text) : 0
  return port >= 1 && port <= 65_535 ? port : null
}

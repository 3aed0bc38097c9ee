/** `startAppNode`: the HTTP edge in the caller's process. */

import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { type Edge, startEdge } from '../app-node/edge.ts'
import type { KeyPair } from '../contract/key-pair.ts'
import { parseTokens } from '../contract/tokens.ts'
import { type Log, silentLog } from '../log.ts'
import { systemClock } from '../machine/clock.ts'
import { systemRandom } from '../machine/random.ts'
import { opening, type Resources } from '../machine/resource.ts'
import type { NetworkNode } from '../net/network-node.ts'
import type { AppNodeTokens } from '../process/file-readers.ts'
import { decideMeeting, type MeetingOptions, meetingOptions, openMeetingNode } from './meeting.ts'
import type { Ork } from './ork.ts'
import { refuseUnknown, refuseWayToOrk, SdkError } from './refusal.ts'
import { keepPair, openRoot, rootFiles, tell } from './root-folder.ts'
import { followToldKey } from './told-key.ts'

export interface StartAppNodeOptions extends Omit<MeetingOptions, 'host'> {
  /** ORK of this process. Without it ORK is dialled over `discovery`. */
  readonly ork?: Ork
  /** ORK's public key; that which an ORK of this root tells unless given. */
  readonly orkKey?: string
  /** TCP port of the HTTP API; 3000 unless given, and 0 for any free one. */
  readonly port?: number
  /** IPv4 address of the HTTP API, and of its part in the DHT; 127.0.0.1 unless given. */
  readonly host?: string
  /** Bearer tokens, 20 to 200 characters each: `read` may look, `command` may also act. One of each is made unless given. */
  readonly tokens?: AppNodeTokens
  /** Folder that the site's parts share (`root-folder.ts`); `<tmpdir>/mdk` unless given. */
  readonly root?: string
  readonly log?: Log
  readonly registry?: Registry
}

/** App Node that runs. */
export interface RunningAppNode {
  /** Where the HTTP API is served. */
  readonly url: string
  readonly port: number
  readonly publicKey: string
  readonly tokens: AppNodeTokens
  /** Answers what is under way, then ends its link to ORK. Idempotent. */
  close(): Promise<void>
}

const known = [...meetingOptions, 'ork', 'orkKey', 'port', 'tokens', 'root', 'log', 'registry']

/** What does the work of upstream's options that aren't there. */
const hints = {
  noAuth: 'there is no open mode; the handle has tokens, or give your own',
  orkIpc: 'there is no socket; give ork, or orkKey',
  auth: 'access goes by tokens',
  extraPluginDirs: 'there are no plugins; serve what you need beside it',
  additionalRoutes: 'there are no plugins; serve what you need beside it',
}

/** Starts App Node. Rejects with an SdkError for what can't work, and if the port can't be had. */
export function startAppNode(options: StartAppNodeOptions = {}): Promise<RunningAppNode> {
  return opening(async (resources) => {
    refuseUnknown('startAppNode', options, known, hints)
    refuseWayToOrk('startAppNode', options)
    const { host = '127.0.0.1', port = 3_000, log = silentLog, registry = new Registry() } = options
    const tokens = options.tokens ?? { read: [randomToken()], command: [randomToken()] }
    refuseTokens(tokens)
    const root = await openRoot(options.root)
    const identity = await keepPair(join(root, 'app-node', 'seed'))
    const way = await findOrk({ options, root, identity, log }, resources)
    const edge = resources.add(
      await startEdge({
        node: way.node,
        host,
        port,
        orkPublicKey: way.orkPublicKey,
        tokens: () => tokens,
        fileProblems: () => ({}),
        diagnosis: () => null,
        clock: systemClock,
        random: systemRandom,
        newId: randomUUID,
        registry,
        log,
      }),
    )
    way.follow(edge)
    return {
      url: `http://${host}:${edge.port}`,
      port: edge.port,
      publicKey: identity.publicKey,
      tokens,
      close: () => resources.close(),
    }
  })
}

function refuseTokens({ read, command }: AppNodeTokens): void {
  for (const [name, list] of [['read', read] as const, ['command', command] as const]) {
    const parsed = parseTokens(name, list.join('\n'))
    if (parsed.kind === 'problem') throw new SdkError(`startAppNode cannot use its tokens: ${parsed.message}`)
  }
}

/** The way to ORK. */
interface Way {
  readonly node: NetworkNode
  readonly orkPublicKey: () => string | null
  /** Tells the edge from now on when ORK is another one, and at once if it is already. */
  follow(edge: Edge): void
}

interface Origin {
  readonly options: StartAppNodeOptions
  readonly root: string
  readonly identity: KeyPair
  readonly log: Log
}

async function findOrk({ options, root, identity, log }: Origin, resources: Resources): Promise<Way> {
  const { ork, orkKey } = options
  if (ork !== undefined) {
    const node = resources.add(ork.inside.join(identity))
    resources.onClose(ork.inside.admitCaller(identity.publicKey))
    return { node, orkPublicKey: () => ork.publicKey, follow: () => undefined }
  }
  const meeting = decideMeeting('startAppNode', options, root)
  if (meeting.kind === 'process') throw new SdkError("startAppNode has discovery 'process' but no ork; give it")
  const following: { edge: Edge | null } = { edge: null }
  const told = resources.add(await followToldKey(join(root, rootFiles.orkKey), () => following.edge?.followOrk()))
  const node = resources.add(await openMeetingNode(meeting, { identity, name: 'app-node', log }))
  // ORK of the same root lets it in.
  await tell(join(root, rootFiles.appNodeKey), identity.publicKey)
  return {
    node,
    orkPublicKey: () => orkKey ?? told.current(),
    follow(edge) {
      following.edge = edge
      // The key may have been told while the edge was opened.
      edge.followOrk()
    },
  }
}

function randomToken(): string {
  return randomBytes(24).toString('base64url')
}

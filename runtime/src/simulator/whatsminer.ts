import { isObject, type Json, type JsonObject } from '../drivers/json.ts'
import { decrypt, encrypt } from '../drivers/whatsminer/cipher.ts'
import { codes } from '../drivers/whatsminer/codes.ts'
import type { WhatsminerModel } from '../drivers/whatsminer/models.ts'
import { findDocument } from '../drivers/whatsminer/parse-answer.ts'
import { factoryPassword } from '../drivers/whatsminer/token.ts'
import type { Clock } from '../machine/clock.ts'
import { answerOf, pools, refusal, status, success, summary } from './answers.ts'
import type { ControlChanges, Controls } from './controls.ts'
import { createMinerBody, type MinerBody } from './miner-body.ts'
import type { MinerNow } from './miner-now.ts'
import { createTokenDesk, saltsOf, type TokenDesk } from './token-desk.ts'
import { isWriteCommand, obey } from './write-commands.ts'

/** A Whatsminer without hardware. */
export interface SimulatedWhatsminer {
  readonly index: number
  readonly model: WhatsminerModel
  controls(): Controls
  /** When it can be reached again after a reboot (ms since the epoch); in the past while it can. */
  bootedAt(): number
  /** The answer to one request from an address; null when it does what it is told and doesn't come to answer. */
  answer(request: string, from: string): JsonObject | null
  /** What the HTTP view shows: the values are those of `summary`, `pools` and `status`. */
  view(): JsonObject
  change(change: ControlChanges): void
}

/** How many of the commands that it obeyed a miner remembers for its view. */
const memory = 16

export interface WhatsminerOptions {
  /** The n-th salt of the miner. */
  readonly saltOf?: (n: number) => string
  /** Told of each command that the miner obeys, with its parameters. */
  readonly onObeyed?: (request: JsonObject) => void
}

export function simulatedWhatsminer(
  index: number,
  model: WhatsminerModel,
  clock: Clock,
  { saltOf = saltsOf(`${model.name}-${index}`), onObeyed: tell }: WhatsminerOptions = {},
): SimulatedWhatsminer {
  const body = createMinerBody(index, model, clock)
  const desk = createTokenDesk(factoryPassword, { now: () => clock.now(), bootedAt: body.bootedAt, saltOf })
  let obeyed: readonly string[] = []
  const onObeyed = (command: string, request: JsonObject) => {
    obeyed = [...obeyed, command].slice(-memory)
    tell?.(request)
  }
  return {
    index,
    model,
    controls: () => body.present().controls,
    bootedAt: body.bootedAt,
    answer: (request, from) => answerTo({ body, desk, from, onObeyed }, request),
    view: () => ({ ...viewOf(body.present()), obeyed }),
    change(change) {
      body.change(change)
      if (change.password !== undefined) desk.setPassword(change.password)
    },
  }
}

interface Conversation {
  readonly body: MinerBody
  readonly desk: TokenDesk
  /** The address that asks. */
  readonly from: string
  readonly onObeyed: (command: string, request: JsonObject) => void
}

function answerTo(talk: Conversation, text: string): JsonObject | null {
  const request = parseRequest(text)
  const now = talk.body.present()
  if (request === null) return refusal(now, codes.invalidJson, 'invalid json')
  if ('enc' in request) return answerSealed(talk, request['data'])
  const command = commandIn(request)
  if (command === null) return refusal(now, codes.invalidCommand, 'invalid cmd')
  if (command === 'get_token') return giveToken(talk, now)
  return isWriteCommand(command) ? refusal(now, codes.tokenWrong, 'check token err') : answerOf(now, command)
}

function giveToken({ desk, from }: Conversation, now: MinerNow): JsonObject {
  const challenge = desk.give(from)
  if (challenge === null) return refusal(now, codes.tooManyTokens, 'over max connect')
  return success(now, codes.tokenGiven, { ...challenge })
}

/** A miner that can't read a request answers in clear; everything else it encrypts. */
function answerSealed(talk: Conversation, data: Json | undefined): JsonObject | null {
  const now = talk.body.present()
  if (typeof data !== 'string' || !base64.test(data)) return refusal(now, codes.base64Wrong, 'base64 decode error')
  const key = talk.desk.key()
  const request = parseRequest(decrypt(data, key) ?? '')
  if (request === null) return refusal(now, codes.invalidJson, 'enc json load err')
  const { token } = request
  const known = typeof token === 'string' && talk.desk.knows(token, talk.from)
  const answer = known ? answerTrusted(talk, request) : refusal(now, codes.tokenWrong, 'check token err')
  return answer === null ? null : { enc: encrypt(JSON.stringify(answer), key) }
}

function answerTrusted({ body, onObeyed }: Conversation, request: JsonObject): JsonObject | null {
  const now = body.present()
  const command = commandIn(request) ?? ''
  if (!isWriteCommand(command)) return answerOf(now, command)
  if (!now.controls.apiSwitch) return refusal(now, codes.permissionDenied, "can't access write cmd")
  const outcome = obey(now, command, request)
  if (outcome.kind === 'refused') return refusal(now, outcome.code, outcome.message)
  onObeyed(command, request)
  body.apply(outcome.effect)
  return outcome.effect.reboot === 'at-once' ? null : success(now, codes.ok, 'API command OK')
}

const base64 = /^[A-Za-z0-9+/]+={0,2}$/

function viewOf(miner: MinerNow): JsonObject {
  const { settings } = miner.state
  return {
    n: miner.index,
    model: miner.model.name,
    ...miner.controls,
    ...settings,
    upfreqSpeed: miner.setup.upfreqSpeed,
    online: miner.controls.fault !== 'offline' && miner.nowMs >= miner.state.bootedAt,
    summary: summary(miner),
    pools: pools(miner),
    status: status(miner),
  }
}

/** The document of a request, whatever it was filled up with; null if it isn't JSON. An array has no command in it. */
function parseRequest(text: string): JsonObject | null {
  const found = findDocument(text)
  try {
    const json: unknown = JSON.parse(found === null ? text : text.slice(found.start, found.end))
    return isObject(json) ? (json as JsonObject) : {}
  } catch {
    return null
  }
}

/** The command that a request names; null if it names none. */
function commandIn(request: JsonObject): string | null {
  const command = request['cmd'] ?? request['command']
  return typeof command === 'string' ? command : null
}

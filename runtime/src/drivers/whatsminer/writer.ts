/**
 * The encrypted half of the Whatsminer API: commands that change a miner.
 * Invariants:
 *   W1 a command is sent again only after an answer which says that it wasn't taken; one without an answer never is
 *   W2 what fails before the command has left is `unreachable` (or `closed`); after, it is `timeout` or `protocol`
 *   W3 a token is used until shortly before the miner forgets it: an address gets only 32 of them in half an hour
 */
import type { Clock } from '../../machine/clock.ts'
import { DeviceError, type DeviceFailure } from '../device-error.ts'
import { isObject, type Json } from '../json.ts'
import { type Answer, listIn, readAnswer } from './answer.ts'
import { decrypt, encrypt } from './cipher.ts'
import { exchange, type Target } from './exchange.ts'
import { parseAnswer } from './parse-answer.ts'
import { describeRefusal, isTokenRefusal, type Refused } from './refusal.ts'
import { type Challenge, factoryPassword, type Grant, grantOf, parseChallenge, tokenLifeMs } from './token.ts'

/** A command of the API as the miner gets it, without its token. */
export type ApiRequest = { readonly cmd: string; readonly [param: string]: Json }

export interface Writer {
  /** Sends a command; resolves when the miner has said yes. Rejects with a DeviceError. */
  send(request: ApiRequest, signal: AbortSignal): Promise<void>
  /** Finds out whether the miner takes commands from us, when it is time to; changes nothing there. Rejects only as `closed`. */
  check(signal: AbortSignal): Promise<void>
  /** Why it doesn't take commands, as a sentence; null while it does, and as long as nobody knows. */
  refusal(): string | null
}

export interface WriterPorts {
  readonly deviceId: string
  readonly target: Target
  /** The miner's admin password; null means that of the factory, which isn't checked before the first command. */
  readonly password: string | null
  readonly clock: Clock
}

/** Five minutes before the miner forgets a token it isn't used any more. */
const tokenUseMs = tokenLifeMs - 300_000
/** When to look again at a miner that doesn't take our commands, or didn't say. Costs a token each time. */
const recheckMs = 600_000

export function createWriter({ deviceId, target, password, clock }: WriterPorts): Writer {
  let held: { readonly grant: Grant; readonly until: number } | null = null
  let refusal: string | null = null
  let checkAt = 0

  const newGrant = async (signal: AbortSignal): Promise<Grant | Refused> => {
    const until = clock.monotonic() + tokenUseMs
    const answer = await askChallenge(target, signal)
    if (answer.kind === 'refused') return answer
    held = { grant: grantOf(password ?? factoryPassword, answer.challenge), until }
    return held.grant
  }

  /** The miner's word on a request. A token that it doesn't know any more is replaced, once. */
  const talk = async (request: ApiRequest, signal: AbortSignal): Promise<Answer> => {
    if (held !== null && clock.monotonic() < held.until) {
      const answer = await converse(target, request, held.grant, signal)
      if (answer.kind === 'ok' || !isTokenRefusal(answer)) return answer
    }
    held = null
    const grant = await newGrant(signal)
    if ('kind' in grant) return grant
    const answer = await converse(target, request, grant, signal)
    if (answer.kind === 'refused' && isTokenRefusal(answer)) held = null
    return answer
  }

  /** What is now known of our standing with the miner. */
  const learn = (answer: Answer): DeviceError | null => {
    const found =
      answer.kind === 'ok' ? null : describeRefusal(answer, deviceId, password === null ? 'factory' : 'given')
    refusal = found?.failure === 'unauthorized' ? found.message : null
    checkAt = clock.monotonic() + (found === null ? tokenUseMs : recheckMs)
    return found === null ? null : new DeviceError(found.failure, found.message)
  }

  return {
    async send(request, signal) {
      const refused = learn(await talk(request, signal))
      if (refused !== null) throw refused
    },
    async check(signal) {
      if (clock.monotonic() < checkAt || (password === null && refusal === null)) return
      checkAt = clock.monotonic() + recheckMs
      try {
        learn(await talk({ cmd: 'status' }, signal))
      } catch (error) {
        if (!(error instanceof DeviceError) || error.failure === 'closed') throw error
      }
    },
    refusal: () => refusal,
  }
}

type Challenged = { readonly kind: 'challenge'; readonly challenge: Challenge } | Refused

/** Nothing that goes wrong here has changed the miner (W2). */
async function askChallenge(target: Target, signal: AbortSignal): Promise<Challenged> {
  const failed = (reason: string) => new DeviceError('unreachable', `no token for the command: ${reason}`)
  const text = await exchange(target, JSON.stringify({ cmd: 'get_token' }), signal).catch((error: unknown) => {
    throw error instanceof DeviceError && error.failure !== 'closed' ? failed(error.message) : error
  })
  const body = parseAnswer(text)
  const answer = isObject(body) ? readAnswer(body) : null
  if (answer?.kind === 'refused') return answer
  const challenge = answer === null ? null : parseChallenge(listIn(answer.body, 'Msg')[0] ?? {})
  if (challenge === null) throw failed("the answer to get_token can't be understood")
  return { kind: 'challenge', challenge }
}

async function converse(target: Target, request: ApiRequest, grant: Grant, signal: AbortSignal): Promise<Answer> {
  const frame = JSON.stringify({ enc: 1, data: encrypt(JSON.stringify({ token: grant.sign, ...request }), grant.key) })
  const body = openAnswer(await sendOnce(target, frame, request.cmd, signal), grant.key)
  if (isObject(body) && 'STATUS' in body) return readAnswer(body)
  throw new DeviceError('protocol', `the answer to ${request.cmd} can't be understood; the miner may have done it`)
}

/** Refusals may come in clear: a miner that can't read a request has no key for its answer. */
function openAnswer(text: string, key: Buffer): unknown {
  const body = parseAnswer(text)
  if (!isObject(body) || typeof body['enc'] !== 'string') return body
  const opened = decrypt(body['enc'], key)
  return opened === null ? undefined : parseAnswer(opened)
}

/** An exchange whose failure tells whether the request had left (W2). */
async function sendOnce(target: Target, frame: string, command: string, signal: AbortSignal): Promise<string> {
  let failureOf = failureBefore
  try {
    return await exchange(target, frame, signal, () => {
      failureOf = failureAfter
    })
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error
    const { failure, fate } = failureOf(error)
    throw new DeviceError(failure, `${command} ${fate}: ${error.message}`)
  }
}

interface Fate {
  readonly failure: DeviceFailure
  readonly fate: string
}

function failureBefore({ failure }: DeviceError): Fate {
  return { failure: failure === 'closed' ? 'closed' : 'unreachable', fate: 'was not sent' }
}

function failureAfter({ failure }: DeviceError): Fate {
  const late = failure === 'timeout' || failure === 'closed'
  return { failure: late ? 'timeout' : 'protocol', fate: 'was sent, and the miner may have done it' }
}

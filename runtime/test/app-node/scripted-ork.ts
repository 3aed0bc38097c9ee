import type { NetworkNode } from '../../src/net/network-node.ts'
import type { Envelope } from '../../src/protocol/envelope.ts'
import { encode, encodeError, parseOrkRequest } from '../../src/protocol/frames.ts'

/** What a scripted ORK answers to an action: an object, bytes as they are, or a promise of one of them. */
export type Script = Readonly<Record<string, (request: Envelope) => unknown>>

export interface ScriptedOrk {
  /** Every request but signs of life, as it came. */
  readonly requests: Envelope[]
  /** Answers by another script from now on; what it has is added to what was there. */
  answer(script: Script): void
  /** Public keys of the callers that are connected. */
  callers(): readonly string[]
  close(): Promise<void>
}

/** An ORK that speaks the protocol on a real listener and answers by script; an action that isn't scripted is unknown to it. */
export async function startScriptedOrk(node: NetworkNode, script: Script = {}): Promise<ScriptedOrk> {
  const requests: Envelope[] = []
  let current: Script = script
  const listener = await node.listen({
    admits: () => true,
    async answer(message) {
      const parsed = parseOrkRequest(message)
      if (parsed.kind === 'problem') return encodeError(parsed.error)
      const { envelope } = parsed
      if (envelope.action !== 'health.ping') requests.push(envelope)
      const answer = current[envelope.action]
      if (answer === undefined) return encodeError(`ERR_UNKNOWN_ACTION: ${envelope.action}`)
      const reply = await answer(envelope)
      return Buffer.isBuffer(reply) ? reply : encode(reply)
    },
  })
  return {
    requests,
    answer: (more) => void (current = { ...current, ...more }),
    callers: () => listener.callers(),
    close: () => node.close(),
  }
}

/** A reply that never comes. */
export const silence = (): Promise<never> => new Promise(() => undefined)

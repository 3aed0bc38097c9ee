import type { Clock } from '../machine/clock.ts'
import type { Params } from '../protocol/payloads.ts'
import { isEnded } from '../protocol/payloads.ts'
import { awaitCommand, pauseMs, questionMs } from './await-command.ts'
import { failed, type OrkAnswer } from './ork-answer.ts'
import type { OrkClient } from './ork-client.ts'
import type { CommandRecord } from './ork-replies.ts'

export interface RunCommandParts {
  readonly ork: Pick<OrkClient, 'followCommand' | 'commandStatus'>
  readonly clock: Clock
}

export interface CommandToRun {
  readonly deviceId: string
  readonly command: string
  readonly params?: Params | undefined
  readonly idempotencyKey: string
  readonly requestId?: string | undefined
}

/**
 * Sends a command and follows it to its end, SUCCESS or FAILED, by one request if it ends soon. An ORK that restarts meanwhile is
 * sent the command again: by the key it knows whether it has it.
 */
export async function runCommand(
  { ork, clock }: RunCommandParts,
  { deviceId, command, params, ...named }: CommandToRun,
  timeoutMs: number,
): Promise<OrkAnswer<CommandRecord>> {
  const endsAt = clock.now() + timeoutMs
  for (;;) {
    const sentAt = clock.now()
    const leftMs = Math.max(1, endsAt - sentAt)
    const waitMs = Math.min(questionMs, leftMs)
    const answer = await ork.followCommand(deviceId, command, params, { ...named, waitMs, timeoutMs: leftMs })
    if (answer.kind === 'ok') {
      const { commandId, status } = answer.value
      return isEnded(status) ? answer : awaitCommand({ ork, clock }, commandId, Math.max(1, endsAt - clock.now()))
    }
    if (answer.code !== 'ERR_ORK_UNREACHABLE') return answer
    const now = clock.now()
    if (now + pauseMs >= endsAt) return late(named.idempotencyKey, timeoutMs, answer.message)
    await clock.sleep(Math.max(0, sentAt + pauseMs - now))
  }
}

function late(idempotencyKey: string, timeoutMs: number, why: string): OrkAnswer<CommandRecord> {
  const told = `ORK did not say in ${timeoutMs} ms what became of the command with the key ${idempotencyKey}: ${why}`
  return failed('ERR_MDK_WAIT_COMMAND_TIMEOUT', told)
}

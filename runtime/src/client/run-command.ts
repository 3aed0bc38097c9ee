import type { Params } from '../protocol/payloads.ts'
import { type AwaitCommandParts, askUntilEnded, lateCommand, type QuestionLimits } from './await-command.ts'
import { failed, type OrkAnswer } from './ork-answer.ts'
import type { OrkClient } from './ork-client.ts'
import type { CommandRecord } from './ork-replies.ts'

export interface RunCommandParts extends AwaitCommandParts {
  readonly ork: Pick<OrkClient, 'followCommand' | 'commandStatus'>
}

export interface CommandToRun {
  readonly deviceId: string
  readonly command: string
  readonly params?: Params | undefined
  readonly idempotencyKey: string
  readonly requestId?: string | undefined
}

/**
 * Sends a command and follows it to its end, SUCCESS or FAILED, by one request if it ends soon. An ORK that restarts before it has
 * answered is sent the command again: by the key it knows whether it has it.
 */
export function runCommand(
  { ork, ...parts }: RunCommandParts,
  { deviceId, command, params, ...named }: CommandToRun,
  timeoutMs: number,
): Promise<OrkAnswer<CommandRecord>> {
  let commandId: string | null = null
  const ask = async (limits: QuestionLimits): Promise<OrkAnswer<CommandRecord>> => {
    const answer = await (commandId === null
      ? ork.followCommand(deviceId, command, params, { ...named, ...limits })
      : ork.commandStatus(commandId, limits))
    if (answer.kind === 'ok') commandId = answer.value.commandId
    return answer
  }
  return askUntilEnded({ ...parts, ask, timeoutMs }, (last) =>
    commandId === null ? unanswered(named.idempotencyKey, timeoutMs, last) : lateCommand(commandId, timeoutMs, last),
  )
}

function unanswered(
  idempotencyKey: string,
  timeoutMs: number,
  last: OrkAnswer<CommandRecord>,
): OrkAnswer<CommandRecord> {
  const why = last.kind === 'ok' ? last.value.status : last.message
  const told = `ORK did not say in ${timeoutMs} ms what became of the command with the key ${idempotencyKey}: ${why}`
  return failed('ERR_MDK_WAIT_COMMAND_TIMEOUT', told)
}

/**
 * Command Dispatcher: lets in what is right, and says of the rest what is wrong with it. Keeps nothing.
 *
 * D1  A command that was sent before, with the same idempotency key, is answered as it was then, whatever has become of its
 *     device or worker since.
 */
import type { CommandIntake, CommandRequest, Submitted } from '../../ports/command-intake.ts'
import type { CommandTargets } from '../../ports/command-targets.ts'
import { contentOf } from './content-of.ts'
import { decideCommand, parseCommand } from './decide-command.ts'

export interface CommandDispatcherPorts {
  readonly targets: CommandTargets
  readonly intake: CommandIntake
  /** Told of each command that isn't let in. */
  readonly onRejected: (error: string) => void
}

export interface CommandDispatcher {
  /** Resolves when the command is on disk, or rejected. */
  submit(request: CommandRequest): Promise<Submitted>
}

export function createCommandDispatcher({ targets, intake, onRejected }: CommandDispatcherPorts): CommandDispatcher {
  const dispatch = (request: CommandRequest): Promise<Submitted> | Submitted => {
    const parsing = parseCommand(request)
    if (parsing.kind === 'rejected') return parsing
    const { parsed } = parsing
    const { caller, idempotencyKey } = parsed
    const content = idempotencyKey === null ? '' : contentOf(parsed)
    // D1
    const before = idempotencyKey === null ? null : intake.recall(caller, idempotencyKey, content)
    if (before !== null) return before
    const decision = decideCommand(parsed, targets)
    return decision.kind === 'rejected' ? decision : intake.accept(decision.command, content, request.sizeBytes)
  }
  return {
    async submit(request) {
      const submitted = await dispatch(request)
      if (submitted.kind === 'rejected') onRejected(submitted.error)
      return submitted
    },
  }
}

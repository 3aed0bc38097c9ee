import { apply, type Command, type CommandEvent, type SentTo } from './machine.ts'

/** A command that hasn't ended. */
export interface OpenCommand {
  command: Command
  /** Where the record on disk says that it may have gone. */
  recorded: SentTo | null
  /** When it is given up if it is still QUEUED. Milliseconds of the monotonic clock. */
  waitsUntil: number
  /** When it is tried again if it is in TIMEOUT. The same. */
  retryAt: number
  /** Its end, which counts when it is on disk; null before it has one. */
  ending: Command | null
}

/** Whether it waits for its turn: it can be cancelled, and expire. */
export function isWaiting({ command, ending }: OpenCommand): boolean {
  return command.state === 'QUEUED' && ending === null
}

/** Applies the event. Throws IllegalTransition. */
export function advance(open: OpenCommand, event: CommandEvent, now: number): void {
  open.command = apply(open.command, event, now)
}

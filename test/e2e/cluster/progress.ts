/** What long work says about itself while it runs. */
export interface Progress {
  /** Runs `work` as a step that is shown and timed. Steps may be nested and may run side by side. */
  step<T>(title: string, work: () => Promise<T>): Promise<T>
  /** Says one line that the person should know. */
  note(text: string): void
}

export interface StepTime {
  title: string
  seconds: number
}

export interface TerminalProgress extends Progress {
  /** The steps that have ended, in the order in which they ended. */
  times(): StepTime[]
}

interface TerminalOptions {
  write?: (text: string) => void
  /** Milliseconds that only go forward. */
  now?: () => number
  /** A step that takes longer says that it has begun. */
  announceAfterMs?: number
  /** A step that goes on says so, each time that this has passed. */
  remindEveryMs?: number
}

/**
 * Prints a line when a step has run for 2 s, one for each minute that it goes on, and one with its seconds when it ends: live, on a
 * terminal and in a log alike.
 */
export function terminalProgress(options: TerminalOptions = {}): TerminalProgress {
  const write = options.write ?? ((text: string) => void process.stdout.write(text))
  const now = options.now ?? (() => performance.now())
  const announceAfterMs = options.announceAfterMs ?? 2_000
  const remindEveryMs = options.remindEveryMs ?? 60_000
  const ended: StepTime[] = []

  const step = async <T>(title: string, work: () => Promise<T>): Promise<T> => {
    const begun = now()
    const announcement = setTimeout(() => write(`…  ${title}\n`), announceAfterMs)
    const remind = () => write(`…  ${title}, for ${formatSeconds((now() - begun) / 1_000)} now\n`)
    const reminder = setInterval(remind, remindEveryMs)
    let mark = '✗'
    try {
      const result = await work()
      mark = '✓'
      return result
    } finally {
      clearTimeout(announcement)
      clearInterval(reminder)
      const seconds = (now() - begun) / 1_000
      ended.push({ title, seconds })
      write(`${mark}  ${title}  ${formatSeconds(seconds)}\n`)
    }
  }
  return { step, note: (text) => write(`   ${text}\n`), times: () => [...ended] }
}

/** For callers that show nothing. */
export const silentProgress: Progress = {
  step: (_title, work) => work(),
  note: () => undefined,
}

/** A table of step times, one step a line, longest title first column. Empty for no steps. */
export function formatStepTimes(times: readonly StepTime[]): string {
  const width = Math.max(0, ...times.map(({ title }) => title.length))
  return times.map(({ title, seconds }) => `${title.padEnd(width)}  ${formatSeconds(seconds).padStart(8)}\n`).join('')
}

function formatSeconds(seconds: number): string {
  return `${seconds.toFixed(1)} s`
}

import { stepMs } from './miner-model.ts'

/** What `options.fault` of a simulated device may say. */
export const faults = ['none', 'offline', 'flapping', 'slow', 'silent', 'garbage', 'error', 'overheating'] as const
export type Fault = (typeof faults)[number]

/** How long a `slow` device takes for an answer. */
export const slowMs = 2_000

/** How long a `flapping` device is there, and then away. */
const flapMs = 12 * stepMs

export function parseFault(text: string | undefined): Fault | null {
  return faults.find((fault) => fault === (text ?? 'none')) ?? null
}

/** What a fault does to one exchange with the device; `answer` also stands for faults that only show in the answer. */
export function conductOf(fault: Fault, now: number): 'answer' | 'unreachable' | 'slow' | 'silent' | 'garbage' {
  switch (fault) {
    case 'offline':
      return 'unreachable'
    case 'flapping':
      return Math.floor(now / flapMs) % 2 === 0 ? 'answer' : 'unreachable'
    case 'slow':
    case 'silent':
    case 'garbage':
      return fault
    case 'none':
    case 'error':
    case 'overheating':
      return 'answer'
  }
}

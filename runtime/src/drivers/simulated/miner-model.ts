/**
 * A miner as a function of time: what it would show, from what it is (`MinerDesign`), what was done to it (`MinerState`) and
 * the time. The simulated driver and the simulator of Whatsminers both show it.
 * Invariants:
 *   M1 within one step of time (`stepMs`) every reading of a miner is the same, unless something is done to it: two views of
 *      it can be compared
 *   M2 readings are a function of seed and time as long as nothing is done to a miner: they outlive the process
 *   M3 shares never decrease but by a reboot
 */
import { noise } from './noise.ts'

export const stepMs = 5_000

/** How long a miner that was switched on searches its frequencies before it hashes. */
export const warmUpMs = 20_000

export const powerModes = ['low', 'normal', 'high', 'sleep'] as const
type PowerMode = (typeof powerModes)[number]

export interface MinerDesign {
  readonly nominalMhs: number
  readonly nominalPowerW: number
  /** Air-cooled miners have fans, the others stand in liquid. */
  readonly cooling: 'air' | 'liquid'
  readonly boards: number
}

export interface MinerSettings {
  readonly powerMode: PowerMode
  /** 0 to 100, of the power that the mode allows. */
  readonly powerPct: number
  /** The cooling has failed: chips get hot and the miner throttles itself. */
  readonly overheating: boolean
}

export interface MinerState {
  readonly seed: string
  readonly settings: MinerSettings
  /** When it was switched on (ms since the epoch); in the future while it is off. */
  readonly bootedAt: number
  /** Since when it hashes at its present level, the level before, and the shares that were found until then. */
  readonly since: number
  readonly levelBefore: number
  readonly sharesBefore: number
}

export interface MinerReading {
  readonly hashing: boolean
  readonly hashrateMhs: Readonly<Record<'rt' | 't5s' | 't1m' | 't5m' | 't15m' | 'avg', number>>
  readonly powerW: number
  readonly ambientC: number
  readonly chipC: { readonly min: number; readonly avg: number; readonly max: number }
  readonly boards: readonly BoardReading[]
  readonly fanInRpm: number
  readonly fanOutRpm: number
  readonly frequencyMhz: number
  readonly targetFrequencyMhz: number
  readonly uptimeS: number
  readonly accepted: number
  readonly rejected: number
}

interface BoardReading {
  readonly temperatureC: number
  readonly hashrateMhs: number
}

/** Difficulty of a simulated pool's shares: a share each few seconds at 100 TH/s. */
const shareDifficulty = 2 ** 18
const day = 86_400_000
const modes: Readonly<Record<PowerMode, { readonly level: number; readonly power: number }>> = {
  low: { level: 0.78, power: 0.7 },
  normal: { level: 1, power: 1 },
  high: { level: 1.12, power: 1.24 },
  sleep: { level: 0, power: 0 },
}

/** A miner to which nothing was done: it was last switched on some days before `now`, by its seed (M2). */
export function untouchedMiner(seed: string, now: number, overheating = false): MinerState {
  const periodMs = (20 + 10 * noise(seed, 'period', 0)) * day
  const phaseMs = ((noise(seed, 'phase', 0) + 1) / 2) * periodMs
  const bootedAt = Math.round(now - ((now + phaseMs) % periodMs))
  const settings = { powerMode: 'normal', powerPct: 100, overheating } as const
  return { seed, settings, bootedAt, since: bootedAt + warmUpMs, levelBefore: 0, sharesBefore: 0 }
}

/** The miner after its settings were changed at `now`; the present step shows it already. */
export function withSettings(
  design: MinerDesign,
  state: MinerState,
  now: number,
  change: Partial<MinerSettings>,
): MinerState {
  const settings = { ...state.settings, ...change }
  const since = startOfStep(now)
  if (since < state.since) return { ...state, settings }
  const levelBefore = levelOf(state.settings)
  return { ...state, settings, since, levelBefore, sharesBefore: sharesFound(design, state, since) }
}

/** The miner after it was told at `now` to start again: off for `offMs`, then counting from zero. */
export function rebooted(state: MinerState, now: number, offMs: number): MinerState {
  const bootedAt = now + offMs
  return { ...state, bootedAt, since: bootedAt + warmUpMs, levelBefore: 0, sharesBefore: 0 }
}

/** What the miner shows at `now`; meaningless while it is off (`now < bootedAt`). */
export function readMiner(design: MinerDesign, state: MinerState, now: number): MinerReading {
  const step = Math.floor(now / stepMs)
  const at = Math.max(startOfStep(now), state.bootedAt)
  const level = at < state.since ? 0 : levelOf(state.settings)
  const wobble = (channel: string, size: number) => size * noise(state.seed, channel, step)
  const powerW = Math.round(powerOf(design, state.settings, level) * (1 + wobble('power', 0.008)))
  const ambientC = ambient(design, state.seed, at) + wobble('ambient', 0.3)
  const chipAvg = ambientC + riseOf(design, state.settings, powerW) + wobble('chip', 0.8)
  const rt = design.nominalMhs * qualityOf(state.seed) * level * (1 + wobble('hashrate', 0.025))
  const mean = (windowMs: number, channel: string) => meanMhs(design, state, { at, windowMs, channel })
  const shares = sharesFound(design, state, at)
  const rejected = Math.floor(shares * (0.001 + 0.0008 * noise(state.seed, 'rejects', 0)))
  const fan = fanRpm(design, chipAvg, powerW)
  return {
    hashing: rt > 0,
    hashrateMhs: {
      rt: cents(rt),
      t5s: mean(5_000, 't5s'),
      t1m: mean(60_000, 't1m'),
      t5m: mean(300_000, 't5m'),
      t15m: mean(900_000, 't15m'),
      avg: mean(Math.max(stepMs, at - state.bootedAt - warmUpMs), 'avg'),
    },
    powerW,
    ambientC: tenths(ambientC),
    chipC: { min: tenths(chipAvg - 9), avg: tenths(chipAvg), max: tenths(chipAvg + 11 + wobble('hot', 1)) },
    boards: Array.from({ length: design.boards }, (_, board) => ({
      temperatureC: tenths(chipAvg - 4 + wobble(`board${board}`, 2)),
      hashrateMhs: cents((rt / design.boards) * (1 + wobble(`rate${board}`, 0.02))),
    })),
    fanInRpm: fan === 0 ? 0 : Math.round(fan + wobble('fanIn', 40)),
    fanOutRpm: fan === 0 ? 0 : Math.round(fan - 60 + wobble('fanOut', 40)),
    frequencyMhz: level === 0 ? 0 : Math.round(600 * level + wobble('frequency', 4)),
    targetFrequencyMhz: Math.round(600 * levelOf(state.settings)),
    uptimeS: Math.floor((at - state.bootedAt) / 1000),
    accepted: shares - rejected,
    rejected,
  }
}

function startOfStep(now: number): number {
  return now - (now % stepMs)
}

/** How much of its nominal hashrate the miner makes with its settings. */
function levelOf({ powerMode, powerPct, overheating }: MinerSettings): number {
  return modes[powerMode].level * (powerPct / 100) * (overheating ? 0.55 : 1)
}

function powerOf(design: MinerDesign, { powerMode, powerPct }: MinerSettings, level: number): number {
  const idleW = 25 + design.nominalPowerW * 0.006
  return level === 0 ? idleW : Math.max(idleW, design.nominalPowerW * modes[powerMode].power * (powerPct / 100))
}

/** No two miners are equally good. */
function qualityOf(seed: string): number {
  return 1 + 0.02 * noise(seed, 'quality', 0)
}

/** The mean over the time before `at`: a level that was just changed shows in the short times first. */
function meanMhs(
  design: MinerDesign,
  state: MinerState,
  { at, windowMs, channel }: { at: number; windowMs: number; channel: string },
): number {
  const share = Math.min(1, Math.max(0, at - state.since) / windowMs)
  const level = at < state.since ? state.levelBefore : levelOf(state.settings) * share + state.levelBefore * (1 - share)
  const wobble = noise(state.seed, channel, Math.floor(at / Math.min(windowMs, 300_000)))
  return cents(design.nominalMhs * qualityOf(state.seed) * level * (1 + (0.02 * wobble) / Math.sqrt(windowMs / 5_000)))
}

/** Expected shares at a hashrate: hashes divided by 2^32 times the share difficulty. */
function sharesFound(design: MinerDesign, state: MinerState, at: number): number {
  const hashes = design.nominalMhs * 1e6 * levelOf(state.settings) * (Math.max(0, at - state.since) / 1000)
  return state.sharesBefore + Math.floor(hashes / (shareDifficulty * 2 ** 32))
}

/** Warmest in the afternoon (UTC). Liquid is kept warmer than air and hardly sways. */
function ambient(design: MinerDesign, seed: string, at: number): number {
  const sway = Math.sin(((at % day) / day - 0.375) * 2 * Math.PI)
  const place = noise(seed, 'place', 0)
  return design.cooling === 'air' ? 26 + 5 * sway + 2 * place : 38 + sway + place
}

function riseOf(design: MinerDesign, settings: MinerSettings, powerW: number): number {
  const load = powerW / design.nominalPowerW
  return (design.cooling === 'air' ? 48 : 32) * load + (settings.overheating ? 34 * Math.min(1, load) : 0)
}

function fanRpm(design: MinerDesign, chipC: number, powerW: number): number {
  if (design.cooling === 'liquid') return 0
  if (powerW < design.nominalPowerW * 0.1) return 1_800
  return Math.min(7_200, Math.max(2_400, 3_200 + 60 * (chipC - 60)))
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10
}

function cents(value: number): number {
  return Math.round(value * 100) / 100
}

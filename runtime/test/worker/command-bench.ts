import type { CommandDeclaration } from '../../src/drivers/device-contract.ts'
import { type ManualClock, manualClock } from '../../src/machine/manual-clock.ts'
import { type Commands, createCommands } from '../../src/worker/commands.ts'
import { createDeviceRuns, type DeviceRun } from '../../src/worker/device-runs.ts'
import { type HostedDevice, hostDevice } from '../../src/worker/hosted-device.ts'
import { type KeptMemory, keepMemory } from '../../src/worker/memory/keep-memory.ts'
import { deviceEntry, type ScriptedDevice, scriptedDevice } from './scripted-device.ts'
import { type ScriptedJournal, scriptedJournal } from './scripted-journal.ts'

export const ownId = 'w-1'
const declared: readonly CommandDeclaration[] = [
  { name: 'reboot', description: '', params: [] },
  { name: 'setLED', description: '', params: [{ name: 'enabled', type: 'boolean', required: true }] },
]

/** The commands of a worker, with devices that outlive it: what it asks of them is counted over all its lives. */
export interface CommandBench {
  readonly clock: ManualClock
  readonly journal: ScriptedJournal
  readonly devices: Map<string, ScriptedDevice>
  /** Of the life that began last. */
  commands: Commands
  memory: KeptMemory
  readonly ran: DeviceRun[]
  readonly repeats: string[]
  readonly bugs: unknown[]
  /** Begins the next life, after a kill of the one before. */
  restart(): Promise<void>
}

export async function commandBench(deviceIds: readonly string[]): Promise<CommandBench> {
  const clock = manualClock()
  const journal = scriptedJournal()
  const devices = new Map(deviceIds.map((id) => [id, scriptedDevice()]))
  const told = { ran: [] as DeviceRun[], repeats: [] as string[], bugs: [] as unknown[] }
  const live = async () => {
    const memory = await keepMemory({
      open: () => journal.open(),
      clock,
      random: () => 0,
      newId: () => crypto.randomUUID(),
      onWrite: () => undefined,
    })
    const hosted = new Map<string, HostedDevice>()
    const find = (id: string) => {
      const device = devices.get(id)
      if (device === undefined) return undefined
      const known = hosted.get(id)
      const ports = { clock, onRead: () => undefined }
      const found = known ?? hostDevice(deviceEntry(id), { kind: 'ok', value: device }, ports)
      hosted.set(id, found)
      return found
    }
    const runs = createDeviceRuns({
      declared,
      find,
      memory: () => memory.current(),
      onRun: (run) => told.ran.push(run),
      onRepeat: (kind) => told.repeats.push(kind),
      onBug: (error) => told.bugs.push(error),
    })
    const commands = createCommands({ workerId: ownId, runs, deviceIds: () => [...devices.keys()], clock })
    return { memory, commands }
  }
  const bench: CommandBench = {
    clock,
    journal,
    devices,
    ...told,
    ...(await live()),
    async restart() {
      Object.assign(bench, await live())
    },
  }
  return bench
}

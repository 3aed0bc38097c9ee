import type { JsonObject } from './json.ts'

/**
 * What a kind of device can do, in the shape of `mdk-contract.json` (protocol 0.3): a worker sends it as `contract` in
 * `capability.response`, and ORK checks commands against it.
 */
export type DeviceContract = {
  readonly metadata: ContractMetadata
  readonly capabilities: Capabilities
}

type ContractMetadata = {
  readonly provider: string
  /** `miner`, `power-meter`, `container`, `sensor`, `minerpool`. */
  readonly deviceFamily: string
  readonly brand: string
  readonly modelsSupported: readonly string[]
  /** What the device is and how to read it, for people and programs that choose what to do. */
  readonly overview: string
}

type Capabilities = {
  readonly telemetry: readonly TelemetryDeclaration[]
  readonly commands: readonly CommandDeclaration[]
  readonly health: { readonly supportedStates: readonly string[]; readonly alerts: readonly JsonObject[] }
  /** Code of `raw_errors` → what it means. */
  readonly errors: Readonly<Record<string, string>>
}

export type TelemetryDeclaration = {
  readonly name: string
  readonly type: 'number' | 'string' | 'boolean' | 'object' | 'array'
  readonly unit?: string
  readonly description: string
}

export type CommandDeclaration = {
  readonly name: string
  readonly description: string
  /** What a caller should know before, beyond what parameters say, for people and programs. */
  readonly constraints?: string
  /** Whether running it twice leaves the device as running it once does; absent means that nobody promises it. */
  readonly idempotent?: boolean
  readonly params: readonly ParamDeclaration[]
}

export type ParamDeclaration = {
  readonly name: string
  /** An array counts as an object. */
  readonly type: 'number' | 'string' | 'boolean' | 'object'
  readonly required: boolean
  readonly enum?: readonly string[]
  readonly min?: number
  readonly max?: number
}

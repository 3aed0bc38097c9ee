/** A parameter of a command. */
export interface ContractParam {
  readonly name: string
  readonly type: 'number' | 'string' | 'boolean' | 'object'
  readonly required?: boolean
  readonly enum?: readonly unknown[]
  readonly min?: number
  readonly max?: number
  readonly description?: string
}

export interface ContractCommand {
  readonly name: string
  readonly description?: string
  readonly constraints?: string
  /** Whether running it twice leaves the device as running it once does. Ours say so; what doesn't say it isn't. */
  readonly idempotent?: boolean
  readonly params?: readonly ContractParam[] | null
  readonly examples?: readonly { readonly intent: string; readonly steps: readonly unknown[] }[]
}

interface ContractChannel {
  readonly name: string
  readonly type: 'number' | 'string' | 'boolean' | 'object' | 'array'
  readonly description?: string
  readonly unit?: string
}

/** What a device family can do. */
export interface Capabilities {
  readonly telemetry?: readonly ContractChannel[]
  /** A list, or (from some upstream workers) a map from name to command. */
  readonly commands?: readonly ContractCommand[] | Readonly<Record<string, Omit<ContractCommand, 'name'>>> | null
  readonly health?: { readonly supportedStates?: readonly string[] }
  readonly errors?: Readonly<Record<string, string>>
}

/** `mdk-contract.json` as it goes over the wire. Upstream's kernel requires no more than that both are objects. */
export interface WorkerContract {
  readonly metadata: Readonly<Record<string, unknown>>
  readonly capabilities: Capabilities
}

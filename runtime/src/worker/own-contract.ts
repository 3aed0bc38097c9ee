import type { DeviceContract } from '../drivers/device-contract.ts'
import type { Driver } from '../drivers/driver.ts'

/** What the worker sends as its contract: that of its driver, with `driver` and `model` (null: every model) beside. */
export type OwnContract = DeviceContract & {
  readonly metadata: DeviceContract['metadata'] & { readonly driver: string; readonly model: string | null }
}

export function ownContract(driver: Driver, model: string | null): OwnContract {
  const contract = driver.contract(model)
  return { ...contract, metadata: { ...contract.metadata, driver: driver.name, model } }
}

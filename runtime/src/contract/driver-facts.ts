/** What must be known of a driver to declare its devices and to render its worker; the driver itself lives in `drivers/`. */
export interface DriverFacts {
  /** The value of WORKER and of `driver` in the custom resources. */
  readonly name: string
  /** Models (TYPE) that it knows, in the writing that people use; null means any. */
  readonly models: readonly string[] | null
  /** Whether a device without an address can't be reached. */
  readonly needsAddress: boolean
  /** Port of a device that names none; null where there is no port. */
  readonly defaultPort: number | null
}

/** The drivers of this release. */
export const driverFacts: readonly DriverFacts[] = [
  {
    name: 'miner-whatsminer',
    models: ['M30SP', 'M30SPP', 'M53S', 'M56S', 'M63'],
    needsAddress: true,
    defaultPort: 4028,
  },
  { name: 'simulated', models: null, needsAddress: false, defaultPort: null },
]

export function findDriver(name: string): DriverFacts | undefined {
  return driverFacts.find((driver) => driver.name === name)
}

/** Whether the driver knows the model, letter case aside. */
export function knowsModel(driver: DriverFacts, model: string): boolean {
  return driver.models === null || driver.models.some((known) => sameModel(known, model))
}

/** Whether two texts name one model. */
export function sameModel(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

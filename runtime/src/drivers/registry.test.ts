import { describe, expect, it } from 'vitest'
import { driverFacts } from '../contract/driver-facts.ts'
import { drivers, loadDriver } from './registry.ts'
import { whatsminerPort } from './whatsminer/codes.ts'

describe('driver registry', () => {
  it('has exactly the drivers that the contract with the operator names, each under its own name', async () => {
    expect(Object.keys(drivers).sort()).toEqual(driverFacts.map(({ name }) => name).sort())
    for (const { name, models } of driverFacts) expect(await loadDriver(name)).toMatchObject({ name, models })
  })

  it('has the default port that the contract with the operator says', () => {
    expect(driverFacts.find(({ name }) => name === 'miner-whatsminer')?.defaultPort).toBe(whatsminerPort)
  })

  it('has no driver for other names, not even those of every object', async () => {
    expect(await loadDriver('toString')).toBeNull()
    expect(await loadDriver('miner-unknown')).toBeNull()
  })
})

import { describe, expect, test } from 'vitest'
import { site } from '../../../test/controllers/samples.ts'
import type { MdkSite } from '../../api/v1alpha1/index.ts'
import { createKeyHolders } from './key-holders.ts'

function siteNamed(name: string, publicKey?: string): MdkSite {
  const one = site({}, publicKey === undefined ? null : { ork: { publicKey } })
  return { ...one, metadata: { ...one.metadata, name, uid: `uid-${name}` } }
}

describe('the holder of a key', () => {
  const [a, b] = [siteNamed('a'), siteNamed('b')]

  test('is a site whose status says so', () => {
    expect(createKeyHolders().others([siteNamed('a', 'k'), b], b)).toMatchObject([{ name: 'a', orkPublicKey: 'k' }])
  })

  test('is a site that has decided for it, before any status says so', () => {
    const holders = createKeyHolders()
    holders.hold(a, ['k'])
    expect(holders.others([a, b], b)).toMatchObject([{ name: 'a', orkPublicKey: 'k' }])
    expect(holders.others([a, b], a)).toEqual([])
  })

  test('has both its keys while it goes from one to another', () => {
    const holders = createKeyHolders()
    holders.hold(a, ['old', 'new'])
    expect(holders.others([siteNamed('a', 'old'), b], b).map(({ orkPublicKey }) => orkPublicKey)).toEqual([
      'old',
      'new',
    ])
  })

  test('has it no more when it decides for none, is gone, or is another site of the name', () => {
    const holders = createKeyHolders()
    holders.hold(a, ['k'])
    const namesake = { ...a, metadata: { ...a.metadata, uid: 'another' } }
    expect(holders.others([namesake, b], b)).toEqual([])
    holders.hold(a, [])
    expect(holders.others([a, b], b)).toEqual([])
    holders.hold(a, ['k'])
    holders.forget('mines/a')
    expect(holders.others([a, b], b)).toEqual([])
  })
})

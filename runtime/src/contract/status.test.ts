import { describe, expect, it } from 'vitest'
import { formatDiagnosis } from './diagnosis.ts'
import { parseOrkStatusLine, parseStatus } from './status.ts'

const earlier = { version: 1, service: 'ork', publicKey: 'ab', files: {}, workers: [], strangers: [] }
const diagnosis = { code: 'DnsDown', about: 'discovery', cause: 'no name server answers', remedy: 'see CoreDNS' }
const lineOf = (status: object): string => JSON.stringify({ type: 'snapshot', epoch: 'e', seq: 0, status })

describe('the status of ORK', () => {
  it('of an earlier release has no diagnosis, and is read all the same', () => {
    expect(parseOrkStatusLine(lineOf(earlier))).toMatchObject({ kind: 'ok', value: { status: { diagnosis: null } } })
  })

  it('of a later release may be about what is not known here, and is read all the same', () => {
    const later = { ...earlier, diagnosis: { ...diagnosis, about: 'weather' } }
    const read = { kind: 'ok', value: { status: { diagnosis: { code: 'DnsDown', about: 'peer' } } } }
    expect(parseOrkStatusLine(lineOf(later))).toMatchObject(read)
  })

  it('is told from that of another process', () => {
    expect(parseStatus({ ...earlier, diagnosis })).toMatchObject({ kind: 'ok', value: { workers: [], diagnosis } })
    const worker = { version: 1, service: 'worker', publicKey: 'cd', files: {}, detail: { callers: [] } }
    expect(parseStatus(worker)).toEqual({ kind: 'ok', value: worker })
    expect(parseStatus({ service: 'worker' })).toMatchObject({ kind: 'problem' })
  })
})

it('a diagnosis is one line', () => {
  expect(formatDiagnosis(diagnosis)).toBe('no name server answers; see CoreDNS')
})

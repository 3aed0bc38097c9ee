import { describe, expect, it } from 'vitest'
import { diagnose, diagnoses } from './diagnoses.ts'

describe('diagnoses', () => {
  it('fills facts in, in cause and remedy, and leaves nothing in braces', () => {
    const { code, about, cause, remedy } = diagnose('AnnounceInvisible', { answered: 3, publicKey: 'ab', port: 49737 })
    expect({ code, about }).toEqual({ code: 'AnnounceInvisible', about: 'discovery' })
    expect(cause).toBe('3 DHT nodes answer, and none holds the record of this process (ab)')
    expect(remedy).toContain('from port 49737 of this pod')
  })

  it.each(Object.entries(diagnoses))(
    '%s is one sentence of cause and one of remedy, without a full stop, as they are joined',
    (_, text) => {
      for (const sentence of [text.cause, text.remedy]) {
        expect(sentence).not.toMatch(/\.$|\. [A-Z]/)
        expect(sentence.length).toBeLessThanOrEqual(260)
      }
    },
  )
})

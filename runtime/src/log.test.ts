import { describe, expect, it } from 'vitest'
import { createLog, logField } from './log.ts'

const written = (): { readonly lines: Record<string, unknown>[]; readonly write: (line: string) => void } => {
  const lines: Record<string, unknown>[] = []
  return { lines, write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) }
}

describe('createLog', () => {
  it('writes one JSON object a line with level, time, service and the fields of its child', () => {
    const destination = written()
    const log = createLog({ level: 'info', service: 'ork', fields: { rack: 'a' }, destination })
    log.child({ [logField.workerId]: 'w1' }).warn({ count: 2 }, 'text')
    log.debug('not shown')
    expect(destination.lines).toEqual([
      expect.objectContaining({ level: 'warn', service: 'ork', rack: 'a', workerId: 'w1', count: 2, msg: 'text' }),
    ])
    expect(new Date(String(destination.lines[0]?.['time'])).getTime()).toBeGreaterThan(0)
  })

  it('blanks secrets that are logged by mistake, up to three objects deep', () => {
    const destination = written()
    const log = createLog({ level: 'info', service: 'ork', destination })
    log.info({ seed: 's3cr3t', pair: { secretKey: 's3cr3t' }, a: { b: { password: 's3cr3t' } }, topic: 's3cr3t' }, 'x')
    log.child({ token: 's3cr3t' }).info({ devices: [{ credentials: { user: 's3cr3t' } }] }, 'x')
    expect(JSON.stringify(destination.lines)).not.toContain('s3cr3t')
  })
})

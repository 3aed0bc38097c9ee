// What the guides tell people to do is done, command by command, on the real cluster.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePorts } from '../../api-server/free-ports.ts'
import { ensureHelm } from '../cluster/helm.ts'
import { terminalProgress } from '../cluster/progress.ts'
import { follow } from '../guides/follow.ts'
import { run } from '../support/kube.ts'

describe('guides', () => {
  beforeAll(() => ensureHelm(terminalProgress()))
  afterAll(() => run(['delete', 'namespace', 'texas', '--ignore-not-found', '--wait=false']))

  it('first-site.md leads from an empty namespace to miners that are read and commanded, and back', async () => {
    const [port = 0] = await freePorts(1)
    const instead = { '3000:3000': `${port}:3000`, 'localhost:3000': `localhost:${port}` }
    const said = await follow('docs/guides/first-site.md', { instead })
    expect(said).toMatch(/"status":"(QUEUED|DISPATCHED|EXECUTING|SUCCESS)"/)
  })
})

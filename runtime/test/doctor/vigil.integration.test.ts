import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Diagnosis } from '../../src/contract/diagnosis.ts'
import { statusPaths } from '../../src/contract/endpoints.ts'
import { adminToken, newPair, ProcessSite, type SiteProcess } from '../discovery/process-site.ts'
import { loopback, startTestDht, type TestDht } from '../net/test-dht.ts'

/** Longer than the 20 s that are promised, for a machine that does other things too. */
const patience = { timeout: 40_000, interval: 250 }

let dht: TestDht
let site: ProcessSite
beforeAll(async () => {
  dht = await startTestDht()
  site = await ProcessSite.open(dht.bootstrap)
})
afterAll(async () => {
  await site.close()
  await dht.close()
})

interface Told {
  readonly diagnosis?: Diagnosis | null
  readonly detail?: { readonly diagnosis: Diagnosis | null; readonly port: number }
}

async function statusOf({ statusPort }: SiteProcess): Promise<Told> {
  const headers = { authorization: `Bearer ${adminToken}` }
  const response = await fetch(`http://${loopback}:${statusPort}${statusPaths.status}`, { headers })
  return (await response.json()) as Told
}

async function codeOf(running: SiteProcess): Promise<string | null> {
  const { detail, diagnosis } = await statusOf(running)
  return (detail === undefined ? diagnosis : detail.diagnosis)?.code ?? null
}

async function healthOf(appNode: SiteProcess, token: string): Promise<unknown> {
  const { detail } = await statusOf(appNode)
  const headers = { authorization: `Bearer ${token}` }
  return (await fetch(`http://${loopback}:${detail?.port}/health`, { headers })).json()
}

test('processes that miss each other for 15 s each say why, in status and health, and no more when they have found each other', async () => {
  const turning = await site.addWorker('turning', ['d1'])
  const unlisted = await site.addWorker('unlisted', ['d2'])
  await site.writeDiscovery('turning', { orkPublicKey: newPair().publicKey })
  await site.writeRoster([turning.entry])
  const [ork, worker, other, appNode] = await Promise.all([
    site.startOrk(),
    turning.start(),
    unlisted.start(),
    site.startAppNode(),
  ])
  const all = [ork, worker, other, appNode]
  const codes = () => Promise.all(all.map(codeOf))

  await expect.poll(codes, patience).toEqual(['WorkerRefusing', 'CallerRefused', 'OrkNotCalling', 'OrkUnreachable'])
  const open = { ork: { reachable: false, diagnosis: 'OrkUnreachable' } }
  expect(await healthOf(appNode, 'none')).toMatchObject(open)
  expect(JSON.stringify(await healthOf(appNode, 'none'))).not.toContain(site.ork.publicKey)
  expect(JSON.stringify(await healthOf(appNode, 'a-token-that-may-read'))).toContain(
    `ORK is announced under ${site.ork.publicKey} and cannot be reached from here`,
  )

  await site.writeDiscovery('turning')
  await site.writeRoster([turning.entry, unlisted.entry], [{ name: 'app-node', publicKey: site.appNode.publicKey }])
  await expect.poll(codes, patience).toEqual([null, null, null, null])
  expect(await healthOf(appNode, 'none')).toMatchObject({ ork: { reachable: true, diagnosis: null } })
}, 120_000)

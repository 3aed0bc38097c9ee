// What the guide `docs/guides/call-ork-from-code.md` shows. ORK_KEY is ORK's public key, BOOTSTRAP the DHT's nodes (`host:port`,
// with commas between), SEED the seed of a key that the site's roster lists among its callers.
import { createMdkClient } from '@mdk/runtime/client'

const { ORK_KEY: key = '', BOOTSTRAP: nodes = '', SEED: seed = '', DEVICE: deviceId = '' } = process.env

const client = createMdkClient({ hrpc: { key, bootstrap: nodes.split(','), seed }, sender: 'my-program' })

const connected = await client.connect()
if (connected.kind === 'failed') throw new Error(`${connected.code}: ${connected.message}`)

const ready = await client.waitForDevice(deviceId)
if (ready.kind === 'failed') throw new Error(`${ready.code}: ${ready.message}`)
console.log(`${deviceId} is one of ${ready.value.deviceCount} devices of ${ready.value.workerId}`)

const site = await client.pullSiteTelemetry()
if (site.kind === 'failed') throw new Error(`${site.code}: ${site.message}`)
for (const { workerId, telemetry } of site.value) {
  const told = telemetry.kind === 'ok' ? `${telemetry.value.devices?.length} devices` : telemetry.code
  console.log(`${workerId} tells of ${told}`)
}

const power = await client.pullTelemetry(deviceId, 'power')
console.log(power.kind === 'ok' ? `it draws ${String(power.value['value'])} W` : `no telemetry: ${power.code}`)

const ended = await client.runCommand(deviceId, 'setLED', { enabled: true })
if (ended.kind === 'failed') console.log(`not accepted, or not known yet what became of it: ${ended.code}`)
else if (ended.value.status === 'SUCCESS') console.log('the light is on')
else console.log(`the command failed: ${ended.value.error?.code ?? 'without a code'}`)

await client.close()

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Durability, Journal } from '../../src/storage/journal/journal.ts'
import { openJournal } from '../../src/storage/journal/segment-journal.ts'
import { Ledger, loadSegmentBytes, startLoadedWriter } from './loaded-writer.ts'

const self = fileURLToPath(import.meta.url)

/** What happens to a disk, on a real file system of its own that goes with the process. */
const faults = { fullDisk, readOnly, powerCut }
export type Fault = keyof typeof faults

/** Why the faults can't be had here; null if they can. */
export function whyNoFaults(): string | null {
  const { status } = spawnSync('unshare', ['--map-root-user', '--mount', 'true'])
  return status === 0 ? null : 'this user may not mount in a namespace of its own (unshare --map-root-user --mount)'
}

/** Why a power cut can't be had here; null if it can. */
export function whyNoPowerCut(): string | null {
  if (process.getuid?.() !== 0) return 'only root may mount a file system over a file'
  const missing = ['unshare', 'mkfs.ext4', 'perl', 'losetup'].filter((name) => spawnSync(name, ['--version']).error)
  return missing.length === 0 ? null : `there is no ${missing.join(', ')}`
}

/** Runs the fault in a mount namespace of its own; what it found. */
export function runFault(fault: Fault, directory: string, durability: Durability): unknown {
  const user = fault === 'powerCut' ? [] : ['--map-root-user']
  const command = [...user, '--mount', process.execPath, self, fault, directory, durability]
  return JSON.parse(execFileSync('unshare', command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }))
}

const mount = (...words: readonly string[]) => execFileSync('mount', words, { stdio: 'inherit' })
const keysOf = (entries: readonly { readonly key: string }[]) => entries.map(({ key }) => key)

/** Fills a file system of 1 MiB with records, gives room again, and goes on. */
async function fullDisk(directory: string, durability: Durability): Promise<unknown> {
  mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory)
  const place = join(directory, 'journal')
  const told: string[] = []
  const options = {
    durability,
    lockTimeoutMs: 0,
    segmentBytes: 64 * 1024,
    onWriteFailed: ({ message }: Error) => void told.push(message),
    onWriteRecovered: () => void told.push('recovered'),
  }
  await writeFile(join(directory, 'filler'), Buffer.alloc(600 * 1024))
  const { journal } = await openJournal(place, options)
  const written: string[] = []
  const refused: string[] = []
  const write = async (name: string) => {
    const isWritten = await isDone(journal.write(name, { pad: 'x'.repeat(5_000) }))
    ;(isWritten ? written : refused).push(name)
  }
  for (let n = 0; refused.length < 3; n += 1) await Promise.all([write(`a-${n}`), write(`b-${n}`)])
  await rm(join(directory, 'filler'))
  for (let n = 0; n < 20; n += 1) await write(`after-${n}`)
  await journal.close()
  const again = await openJournal(place, options)
  await again.journal.close()
  return { written, refused, told, kept: keysOf(again.entries) }
}

async function isDone(write: ReturnType<Journal['write']>): Promise<boolean> {
  return write.then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && error.name === 'StoreError') return false
      throw error
    },
  )
}

/** Opens on a volume that has become read-only, and again when it isn't any more. */
async function readOnly(directory: string, durability: Durability): Promise<unknown> {
  mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory)
  const options = { durability, lockTimeoutMs: 0 }
  const { journal } = await openJournal(directory, options)
  await journal.write('a', {})
  await journal.close()
  mount('-o', 'remount,ro', directory)
  const refusal = await openJournal(directory, options).then(
    () => 'none',
    (error: unknown) => String(error),
  )
  mount('-o', 'remount,rw', directory)
  const again = await openJournal(directory, options)
  await again.journal.close()
  return { refusal, kept: keysOf(again.entries) }
}

/** Lets a process write under load, cuts the power of its file system, and opens what that is then. */
async function powerCut(directory: string, durability: Durability): Promise<unknown> {
  const image = `${directory}.ext4`
  await writeFile(image, Buffer.alloc(64 * 1024 * 1024))
  execFileSync('mkfs.ext4', ['-q', '-F', image])
  await mkdir(directory, { recursive: true })
  mount('-o', 'loop', image, directory)
  const place = join(directory, 'journal')
  const ledger = new Ledger()
  const writer = startLoadedWriter(place, durability)
  await ledger.follow(writer, (count) => {
    if (count !== 3_000) return
    // A write that the cut interrupts may seem to be done here, where the machine goes on.
    ledger.isClosed = true
    cutPower(directory)
  })
  execFileSync('umount', [directory])
  mount('-o', 'loop', image, directory)
  await startMachineAnew(place)
  const { journal, entries, mayLackWrites } = await openJournal(place, {
    durability,
    lockTimeoutMs: 0,
    segmentBytes: loadSegmentBytes,
  })
  await journal.write('goes-on', {})
  await journal.close()
  const last = entries.reduce((most, { record }) => Math.max(most, (record as { readonly n: number }).n), 0)
  return { mayLackWrites, faults: ledger.faultsOf(entries), faultsBeforeLast: ledger.faultsOf(entries, last) }
}

/** ext4's own shutdown (EXT4_IOC_SHUTDOWN, nothing flushed): what isn't on the device now never will be. */
function cutPower(directory: string): void {
  const code = 'open(F, "<", $ARGV[0]) or die; my $flags = pack("L", 2); ioctl(F, 0x8004587d, $flags) or die "$!"'
  execFileSync('perl', ['-e', code, directory])
}

/** The machine is still the same, so its files are made those of a boot before. */
async function startMachineAnew(place: string): Promise<void> {
  for (const name of (await readdir(place)).filter((name) => name.endsWith('.log'))) {
    const text = (await readFile(join(place, name))).toString('latin1', 0, 96)
    const file = await open(join(place, name), 'r+')
    await file.write(text.replace(/[0-9a-f-]{36}/, '0'.repeat(36)), 0, 'latin1')
    await file.close()
  }
}

const [program, script, fault, directory = '', durability] = process.argv
if (script === self && program !== undefined) {
  process.stdout.write(JSON.stringify(await faults[fault as Fault](directory, durability as Durability)))
}

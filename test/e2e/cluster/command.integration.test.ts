import { expect, test } from 'vitest'
import { CommandFailed, pipeCommands, runCommand } from './command.ts'

test('output, input and environment pass', async () => {
  const result = await runCommand('sh', ['-c', 'cat; echo "$WORD" >&2'], { input: 'in', env: { WORD: 'word' } })
  expect(result).toEqual({ exitCode: 0, stdout: 'in', stderr: 'word\n' })
})

test('a failure carries the command and the end of what it said', async () => {
  const failure = runCommand('sh', ['-c', 'echo reason >&2; exit 3'])
  await expect(failure).rejects.toThrow(CommandFailed)
  await expect(failure).rejects.toThrow(/"sh -c .*" ended with 3:\nreason/)
})

test('a command that is not there is a failure like any other', async () => {
  expect((await runCommand('no-such-program-here', [], { allowFailure: true })).exitCode).toBe(127)
})

test('a command that says nothing for too long is killed, one that keeps talking is not', async () => {
  const silent = await runCommand('sleep', ['60'], { silenceMs: 50, allowFailure: true })
  expect(silent).toMatchObject({ exitCode: 128, killedFor: 'said nothing for 0.05 s' })
  const talking = await runCommand('sh', ['-c', 'for i in 1 2 3 4; do echo $i; sleep 0.2; done'], { silenceMs: 700 })
  expect(talking.stdout).toBe('1\n2\n3\n4\n')
})

test('a command that does not begin to answer in time is killed, whatever it complains of', async () => {
  const complaining = ['-c', 'echo slow >&2; exec sleep 60']
  const silent = await runCommand('sh', complaining, { firstWordMs: 700, allowFailure: true })
  expect(silent).toMatchObject({ exitCode: 128, stderr: 'slow\n', killedFor: 'said nothing for 0.7 s' })
})

test('a command that has begun to answer may take longer than its first word, up to the silence allowed', async () => {
  const once = (seconds: number) => ['-c', `echo one; exec sleep ${seconds}`]
  const patient = await runCommand('sh', once(1.2), { firstWordMs: 700, silenceMs: 10_000 })
  expect(patient.stdout).toBe('one\n')
  const stuck = await runCommand('sh', once(60), { firstWordMs: 10_000, silenceMs: 400, allowFailure: true })
  expect(stuck.exitCode).toBe(128)
})

test('a command that goes on for too long is killed, and that is said', async () => {
  const endless = await runCommand('sleep', ['60'], { timeoutMs: 50, allowFailure: true })
  expect(endless).toMatchObject({ exitCode: 128, killedFor: 'had not ended after 0.05 s' })
})

test('a pipe fails if either side fails', async () => {
  await pipeCommands(['echo', 'x'], ['cat'])
  await expect(pipeCommands(['sh', '-c', 'exit 4'], ['cat'])).rejects.toThrow('ended with 4')
  await expect(pipeCommands(['yes'], ['sh', '-c', 'exit 5'])).rejects.toThrow('ended with 5')
})

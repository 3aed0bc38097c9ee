import { expect, test, vi } from 'vitest'
import { formatStepTimes, terminalProgress } from './progress.ts'

function recorded() {
  const lines: string[] = []
  let now = 0
  const write = (text: string) => void lines.push(text)
  const progress = terminalProgress({ write, now: () => now, announceAfterMs: 5, remindEveryMs: 20 })
  return { lines, progress, pass: (ms: number) => (now += ms) }
}

test('a step that ends says how long it took', async () => {
  const { lines, progress, pass } = recorded()
  expect(await progress.step('short', () => Promise.resolve(pass(1_234)))).toBe(1_234)
  expect(lines).toEqual(['✓  short  1.2 s\n'])
  expect(progress.times()).toEqual([{ title: 'short', seconds: 1.234 }])
})

test('a step that takes a while says that it has begun', async () => {
  const { lines, progress } = recorded()
  await progress.step('long', () => vi.waitUntil(() => lines.length > 0))
  expect(lines[0]).toBe('…  long\n')
})

test('a step that goes on says so from time to time', async () => {
  const { lines, progress, pass } = recorded()
  await progress.step('longer', () => {
    pass(65_000)
    return vi.waitUntil(() => lines.length > 1)
  })
  expect(lines.slice(0, 2)).toEqual(['…  longer\n', '…  longer, for 65.0 s now\n'])
})

test('a step that fails is marked and its error is passed on', async () => {
  const { lines, progress } = recorded()
  await expect(progress.step('bad', () => Promise.reject(new Error('why')))).rejects.toThrow('why')
  expect(lines).toEqual(['✗  bad  0.0 s\n'])
})

test('the table of times is aligned', () => {
  const times = [
    { title: 'a', seconds: 61.25 },
    { title: 'longer', seconds: 0.5 },
  ]
  expect(formatStepTimes(times)).toBe('a         61.3 s\nlonger     0.5 s\n')
  expect(formatStepTimes([])).toBe('')
})

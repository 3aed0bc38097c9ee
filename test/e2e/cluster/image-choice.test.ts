import { expect, test } from 'vitest'
import { chooseNodeImage } from './image-choice.ts'

function surroundings(pulls: boolean) {
  const asked = { pulls: 0 }
  const pullStock = () => {
    asked.pulls++
    return Promise.resolve(pulls)
  }
  return { asked, seen: { stockIsPresent: false, builtIsPresent: false, hasAllPrivileges: true, pullStock } }
}

test('the stock image is used where a registry gives it, and built here where none does', async () => {
  expect(await chooseNodeImage(surroundings(true).seen)).toBe('stock')
  expect(await chooseNodeImage(surroundings(false).seen)).toBe('built')
})

test('no registry is asked for what is there already', async () => {
  const { asked, seen } = surroundings(true)
  expect(await chooseNodeImage({ ...seen, stockIsPresent: true, builtIsPresent: true })).toBe('stock')
  expect(await chooseNodeImage({ ...seen, builtIsPresent: true })).toBe('built')
  expect(asked.pulls).toBe(0)
})

test('the stock image is not tried where it could not run', async () => {
  const { asked, seen } = surroundings(true)
  expect(await chooseNodeImage({ ...seen, stockIsPresent: true, hasAllPrivileges: false })).toBe('built')
  expect(asked.pulls).toBe(0)
})

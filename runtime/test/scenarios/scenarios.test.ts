import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runScenario } from '../ork/scenario.ts'

const folder = import.meta.dirname

/** `npx vitest run --project unit runtime/test/scenarios -u` writes what is new; the commit says why it is. */
test.each(readdirSync(folder).filter((name) => name.endsWith('.txt')))('%s goes as it is written', async (name) => {
  const path = join(folder, name)
  await expect(await runScenario(readFileSync(path, 'utf8'))).toMatchFileSnapshot(path)
})

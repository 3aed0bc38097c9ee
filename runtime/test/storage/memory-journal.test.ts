import { journalSuite } from '../../src/storage/journal/journal-suite.ts'
import { memoryJournal } from './memory-journal.ts'

journalSuite('memory journal', () => {
  const texts = new Map<string, string>()
  return { open: () => Promise.resolve(memoryJournal(texts)) }
})

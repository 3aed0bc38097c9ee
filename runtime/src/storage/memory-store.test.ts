import { openMemoryStore } from './memory-store.ts'
import { storeSuite } from './store-suite.ts'

storeSuite('memory store', () => Promise.resolve(openMemoryStore()))

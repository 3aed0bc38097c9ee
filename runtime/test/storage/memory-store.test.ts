import { storeSuite } from '../../src/storage/store-suite.ts'
import { openMemoryStore } from './memory-store.ts'

storeSuite('memory store', () => Promise.resolve(openMemoryStore()))

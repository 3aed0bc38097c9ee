/** What we use of corestore 7.12 and hyperbee 2.27, which have no types of their own. */
declare module 'corestore' {
  export interface Hypercore {
    readonly length: number
    ready(): Promise<void>
    append(blocks: readonly Buffer[]): Promise<unknown>
  }

  export default class Corestore {
    /**
     * `allowBackup`: a folder that was copied or restored file by file may be opened. The lock of the database inside holds
     * all the same.
     */
    constructor(directory: string, options: { readonly allowBackup: boolean })
    ready(): Promise<void>
    get(options: { readonly name: string }): Hypercore
    close(): Promise<void>
  }
}

declare module 'hyperbee' {
  import type { Hypercore } from 'corestore'

  export interface BeeEntry {
    readonly key: string
    readonly value: string
  }

  export interface BeeBatch {
    put(key: string, value: string): Promise<void>
    del(key: string): Promise<void>
    /** Appends everything at once. */
    flush(): Promise<void>
    close(): Promise<void>
  }

  export interface BeeRange {
    readonly gte?: string
    readonly lt?: string
    readonly reverse?: boolean
    readonly limit?: number
  }

  export default class Hyperbee {
    constructor(core: Hypercore, options: { readonly keyEncoding: 'utf-8'; readonly valueEncoding: 'utf-8' })
    ready(): Promise<void>
    get(key: string): Promise<BeeEntry | null>
    batch(): BeeBatch
    /** Reads a snapshot taken now. */
    createReadStream(range: BeeRange): AsyncIterable<BeeEntry>
    close(): Promise<void>
  }
}

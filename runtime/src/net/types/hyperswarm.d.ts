/** What tests use of hyperswarm 4.17 and @hyperswarm/rpc 3.5: other people's peers, unmodified. */
declare module 'hyperswarm' {
  import type HyperDHT from 'hyperdht'
  import type { SecretStream } from 'hyperdht'

  export default class Hyperswarm {
    constructor(options: { readonly dht?: HyperDHT; readonly bootstrap?: readonly string[] })
    on(event: 'connection', listener: (stream: SecretStream) => void): this
    join(topic: Buffer, options: { readonly server: boolean; readonly client: boolean }): unknown
    flush(): Promise<void>
    destroy(): Promise<void>
  }
}

declare module '@hyperswarm/rpc' {
  import type HyperDHT from 'hyperdht'
  import type { RawKeyPair } from 'hyperdht'

  export interface RpcServer {
    readonly publicKey: Buffer
    respond(method: string, answer: (value: Buffer) => Buffer): this
    listen(): Promise<void>
    close(): Promise<void>
  }

  export interface RpcClient {
    request(method: string, value: Buffer, options?: { readonly timeout: number }): Promise<Buffer>
    destroy(): void
  }

  export default class RPC {
    constructor(options: { readonly dht?: HyperDHT; readonly keyPair?: RawKeyPair })
    createServer(): RpcServer
    connect(publicKey: Buffer): RpcClient
    request(publicKey: Buffer, method: string, value: Buffer, options?: { readonly timeout: number }): Promise<Buffer>
    destroy(): Promise<void>
  }
}

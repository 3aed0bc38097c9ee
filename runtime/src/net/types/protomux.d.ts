/** What we use of protomux-rpc 1.10, which has no types of its own. */
declare module 'protomux-rpc' {
  import type { SecretStream } from 'hyperdht'

  /** Values are bytes; none and empty are the same on the wire and come out as null. */
  export default class ProtomuxRPC {
    constructor(stream: SecretStream, options: { readonly id: Buffer })
    /** `drained` is false from a write that found the stream's buffers full until they are empty again. */
    readonly mux: { readonly drained: boolean }
    on(event: 'open' | 'close', listener: () => void): this
    respond(method: string, answer: (value: Buffer | null) => Promise<Buffer>): this
    /** Holds back what is sent on the stream, until `uncork` is called as often: it goes as one message then. */
    cork(): void
    uncork(): void
    request(method: string, value: Buffer, options: { readonly timeout: number }): Promise<Buffer | null>
  }
}

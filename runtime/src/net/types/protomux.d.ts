/** What we use of protomux 3.12, which has no types of its own. */
declare module 'protomux' {
  import type { SecretStream } from 'hyperdht'

  export interface State {
    start: number
    end: number
    buffer: Uint8Array | null
  }

  export interface Encoding<Sent, Received> {
    preencode(state: State, message: Sent): void
    encode(state: State, message: Sent): void
    decode(state: State): Received
  }

  export interface Channel {
    readonly closed: boolean
    /** False from a write that found the stream's buffers full until they are empty again. */
    readonly drained: boolean
    /**
     * The kinds of message have the numbers in which they are added. What `onmessage` throws may end the process, and promises
     * that it returned for what came as one message would hold back whatever is sent until the last of them ends.
     */
    addMessage<Sent, Received>(options: {
      readonly encoding: Encoding<Sent, Received>
      readonly onmessage: (message: Received) => void
    }): { send(message: Sent): boolean }
    /** Sends the handshake along. */
    open(handshake: object): void
    /** False if it was closed before the other side had opened it. */
    fullyOpened(): Promise<boolean>
    /** Holds back what is sent on the stream, until `uncork` is called as often: it goes as one message then. */
    cork(): void
    uncork(): void
  }

  export default class Protomux {
    static from<Mux extends typeof Protomux>(this: Mux, stream: SecretStream): InstanceType<Mux>
    readonly stream: SecretStream
    destroy(error: Error): void
    /** Ends the stream, and the process if the error is such as programs make. */
    _safeDestroy(error: Error): void
    /** Passes on what an `ondrain` threw, and ends the process likewise. */
    _warn(error: Error): void
    /** Reads messages that came as one. */
    _onbatch(state: State): void
    /** Null if the stream has ended, or if there is such a channel already. */
    createChannel<Handshake extends object>(options: {
      readonly protocol: string
      readonly id: Buffer
      /** What it throws may end the process. */
      readonly handshake: Encoding<Handshake, Handshake>
      /** The other side has opened the channel too. */
      readonly onopen: (handshake: Handshake) => void
      readonly onclose: () => void
    }): Channel | null
  }
}

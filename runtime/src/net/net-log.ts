/** Where the network says what nobody waits for. */
export interface NetLog {
  readonly info: (fields: Readonly<Record<string, unknown>>, message: string) => void
  readonly warn: (fields: Readonly<Record<string, unknown>>, message: string) => void
}

export const silentNetLog: NetLog = { info: () => undefined, warn: () => undefined }
